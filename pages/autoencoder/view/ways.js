// What stands below each other and in the chart at a code size: linear codes, then the networks nearest to it.

/**
 * @typedef {import("./curve.js").Dot} Dot
 * @typedef {import("./model.js").Model} Model
 * @typedef {import("./types.d.ts").Row} Row
 * @typedef {import("./types.d.ts").Way} Way
 * @typedef {{ runs: string[], linear: string, logistic: string }} Colours of trainings, of PCA and of logistic PCA
 */

/** @param {Way} way */
const isNetwork = ({ kind }) => kind === "network";

/** @param {Way} way */
const titleOf = way => (isNetwork(way) ? way.title : way.kind);

/** As trainings are coloured where their curves are compared. @param {Way[]} ways @param {Way} way @param {Colours} colours */
function colourOf(ways, way, { runs, logistic }) {
  if (!isNetwork(way)) return logistic;
  const among = ways.filter(other => isNetwork(other) && other.size === way.size);
  return runs[among.indexOf(way) % runs.length];
}

/** @param {Model} model @param {number} k code size on the slider @param {Colours} colours @returns {Row[]} */
export function rowsAt({ about: { ways }, basis, sizes }, k, colours) {
  const size = nearestSize(sizes, k);
  const most = Math.min(k, basis.most);
  /** @type {Row} */
  const linear = {
    title: basis.title,
    size: most,
    error: basis.errors[most - 1] ?? Number.NaN,
    colour: colours.linear,
    back: ({ x }) => basis.through(x, most),
  };
  /** @param {boolean} networks @returns {Row[]} */
  const rows = networks =>
    ways.flatMap((way, i) =>
      way.size === size && isNetwork(way) === networks
        ? {
            title: titleOf(way),
            size,
            error: way.error ?? Number.NaN,
            colour: colourOf(ways, way, colours),
            back: ({ backs }) => backs[i],
          }
        : [],
    );
  return [...(basis.most ? [linear] : []), ...rows(false), ...rows(true)];
}

/** How many rows there are at the code size that has most. @param {Model} model */
export function mostRows({ about: { ways }, sizes }) {
  return 1 + Math.max(...sizes.map(size => ways.filter(way => way.size === size).length));
}

/** @param {Model} model @param {Colours} colours @returns {Dot[]} */
export const dotsOf = ({ about: { ways } }, colours) =>
  ways.flatMap(way =>
    way.error === null
      ? []
      : {
          title: titleOf(way),
          size: way.size,
          error: way.error,
          colour: colourOf(ways, way, colours),
          hollow: !isNetwork(way),
        },
  );

/**
 * The trained size that is nearest to k, by ratio.
 * @param {number[]} sizes
 * @param {number} k
 */
export const nearestSize = (sizes, k) =>
  sizes.reduce((best, size) => (Math.abs(Math.log(size / k)) < Math.abs(Math.log(best / k)) ? size : best), sizes[0]);
