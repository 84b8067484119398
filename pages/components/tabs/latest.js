// @ts-nocheck: the old name of scripts that are in shared/ now; gone once nobody imports it
import { LatestRequest } from "../shared/latest_request.js";

export class Latest extends LatestRequest {
  want(question) {
    return this.request(question);
  }
}
