// A run's state in words.

import { duration, epochNumber, number, remaining } from "./numbers.js";

/**
 * @typedef {import("./types.d.ts").RunState} RunState
 * @typedef {import("./types.d.ts").RunStatus} RunStatus
 */

/** Icon and word; the colour is the style's, and never says more than these do. @type {Record<RunState, [string, string]>} */
const STATES = {
  queued: ["clock", "waiting"],
  starting: ["dots", "starting"],
  running: ["play", "training"],
  paused: ["pause", "paused"],
  evaluating: ["scales", "computing scores"],
  stopped: ["stop", "stopped"],
  interrupted: ["broken", "interrupted"],
  failed: ["cross", "failed"],
  finished: ["check", "finished"],
  gone: ["cross", "not found"],
};
/** @type {Record<string, string>} what a process has been asked for and has not done yet */
const PENDING = { pause: "pausing …", stop: "stopping …", finish: "finishing …" };

/** @param {RunStatus} status @returns {{sign: string, word: string}} an icon and what it means */
export function stateText({ state, want }) {
  const [sign, word] = STATES[state] ?? ["dots", state];
  const pending = ["starting", "running", "paused"].includes(state) && !(state === "paused" && want === "pause");
  return { sign, word: (pending && PENDING[want]) || word };
}

/** What devices are called in a sentence. @param {string} device */
function deviceName(device) {
  if (/^cuda|^mps/.test(device)) return `the GPU (${device})`;
  return { auto: "the cluster", cpu: "the CPU" }[device] ?? (device || "the device");
}

/** @param {RunStatus} status @returns {string} what happens, or how to go on */
export function noteText(status) {
  const { state, message, saved, kind } = status;
  const goOn = saved
    ? "Resume continues from the saved state"
    : `${state === "failed" ? "Try again" : "Resume"} starts over`;
  switch (state) {
    case "queued":
      return message || queueText(status); // what it waits for may never come: the message says so
    case "starting":
      return "Loading the data and the model …";
    case "failed":
      return `${message || "An error occurred."} ${goOn}.`;
    case "interrupted":
      return `${message || "The process is gone: it was ended, or the machine was shut down."} ${goOn}.`;
    case "stopped": {
      const kept = saved ? " Finish now saves and scores the current model." : "";
      return `${message ? `${message} ` : ""}${goOn}.${kept}`;
    }
    case "gone":
      return message;
    case "evaluating":
      return kind === "train" ? "Training is complete; computing scores." : "Computing scores.";
    default:
      return message || progressText(status);
  }
}

/** @param {RunStatus} status */
function queueText({ place, device }) {
  const turn = place === 1 ? "Next in the queue" : place ? `Number ${place} in the queue` : "Waiting";
  return `${turn} for ${deviceName(device)}; starts automatically.`;
}

/** @param {RunStatus} status */
function progressText({ state, step, total_steps: total, loss, lr }) {
  const done = state === "finished";
  return [
    done && step < total && "finished early",
    total && `step ${number(step)} of ${number(total)}`,
    loss !== null && !done && `loss ${number(loss)}`,
    lr && !done && `learning rate ${number(lr)}`,
  ]
    .filter(Boolean)
    .join(" · ");
}

/**
 * How far and how fast a run is, each "" where it is not known.
 * @param {RunStatus} status
 * @param {boolean} live whether a process is at work
 */
export function factTexts({ state, kind, epoch, total_epochs: total, rate, elapsed, left }, live) {
  const running = state === "running",
    training = running || state === "paused";
  const reached = state === "finished" ? number(Math.round(epoch)) : epochNumber(epoch);
  const spent = training || (kind !== "train" && live) ? "so far" : kind === "train" ? "of training" : "";
  return {
    epoch: total ? `epoch ${reached} of ${number(total)}` : "",
    rate: running && rate ? `${number(Number(rate.toPrecision(3)), rate < 10 ? 1 : 0)} examples/s` : "",
    elapsed: elapsed ? `${duration(elapsed)} ${spent}` : "",
    left: running && left !== null && left > 0 ? remaining(left) : "",
  };
}

/**
 * Which buttons a run has.
 * @param {RunStatus} status
 * @param {boolean} live
 */
export function offeredActions({ state, kind, want, saved, read_only: fixed }, live) {
  if (fixed) return { pause: false, resume: false, stop: false, finish: false };
  const train = kind === "train";
  return {
    pause: ["starting", "running"].includes(state) && train && want !== "pause",
    resume: ["paused", "stopped", "interrupted", "failed"].includes(state) || (state === "running" && want === "pause"),
    stop: live || state === "queued",
    finish: train && (["running", "paused"].includes(state) || (["stopped", "interrupted"].includes(state) && saved)),
  };
}

/** Word and title of the button that goes on. @param {RunStatus} status @returns {[string, string]} */
export function resumeText({ state, saved }) {
  if (state === "paused") return ["Resume", "Resume training"];
  const how = saved ? "Continue from the saved state" : "Start over";
  return [saved || state !== "failed" ? "Resume" : "Try again", `${how} as soon as the device is free`];
}

/** Word and title of the button that ends a run. @param {RunStatus} status @returns {[string, string]} */
export const stopText = ({ state }) =>
  state === "queued"
    ? ["Leave the queue", "Remove from the queue; Resume puts it back"]
    : ["Stop", "Save and stop; it can be resumed later"];
