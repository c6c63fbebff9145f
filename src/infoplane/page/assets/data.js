// The numbers of the page, and the state that all pictures share.

const PAGE = JSON.parse(document.getElementById("data").textContent);

// A packed table as a list of rows; a column that holds one value throughout came as that value.
function unpacked(packed) {
  if (!packed) return [];
  const names = Object.keys(packed.columns);
  return Array.from({ length: packed.rows }, (_, i) => {
    const row = {};
    for (const name of names) {
      const column = packed.columns[name];
      row[name] = Array.isArray(column) ? column[i] : column;
    }
    return row;
  });
}

function grouped(rows, key) {
  const groups = new Map();
  for (const row of rows) {
    if (!groups.has(row[key])) groups.set(row[key], []);
    groups.get(row[key]).push(row);
  }
  for (const group of groups.values()) group.sort((a, b) => a.epoch - b.epoch);
  return groups;
}

const prepared = new WeakMap();

// A run with its tables by layer or subset; made once, when it is first shown.
function theRun() {
  const run = PAGE.runs[state.run];
  if (!prepared.has(run)) {
    const planes = Object.entries(run.planes).map(([label, p]) => [
      label,
      grouped(unpacked(p), "depth"),
    ]);
    prepared.set(run, {
      ...run,
      memorized: run.memorized ? grouped(unpacked(run.memorized), "depth") : null,
      planes: new Map(planes),
      training: grouped(unpacked(run.training), "subset"),
      examples: run.examples ? { ...run.examples, rows: exampleRows(run.examples) } : null,
    });
  }
  return prepared.get(run);
}

// An example may have been given several labels, by members with labels of their own.
function exampleRows(examples) {
  const rows = unpacked(examples.table);
  for (const row of rows) row.key = `${row.id}/${row.label}/${row.seen_label}`;
  return rows;
}

// The last row measured by an epoch, or the first of all: nothing between two looks is made up.
function latest(rows, epoch) {
  let found = rows[0];
  for (const row of rows) {
    if (row.epoch > epoch) break;
    found = row;
  }
  return found;
}

const state = {
  run: 0,
  step: 0,
  hidden: new Set(),
  log: true,
  label: null,
  score: null, // the scores that examples are ranked by and drawn against
  across: null,
  up: null,
  example: null, // the key of the chosen one
  compared: { key: null, quantity: null, only: null }, // only: {key, value} of the runs that are left
  paper: false,
};
const pictures = []; // every one has draw(), of everything, and move(), of what an epoch changes

const epochNow = () => theRun().epochs[state.step];

function setStep(step) {
  state.step = Math.max(0, Math.min(theRun().epochs.length - 1, step));
  for (const picture of pictures) picture.move();
}

// The step of the epoch that is nearest to this one.
function nearest(epoch) {
  const epochs = theRun().epochs;
  let near = 0;
  epochs.forEach((e, i) => {
    if (Math.abs(e - epoch) < Math.abs(epochs[near] - epoch)) near = i;
  });
  return near;
}

const setEpoch = (epoch) => setStep(nearest(epoch));

function redraw() {
  for (const picture of pictures) {
    picture.draw();
    picture.move();
  }
  for (const picture of pictures) picture.again?.();
}

const visibleLayers = () => theRun().layers.filter((layer) => !state.hidden.has(layer.depth));
