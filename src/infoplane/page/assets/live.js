// The live page: asks the server it came from for what is new, and keeps what the reader has chosen.

const PAUSE = 250; // milliseconds between two questions
const LOST = 3000; // while nobody answers
const QUIET = 60; // seconds after which it is said that a run has not been heard of
const STATES = {
  new: "waits for its first measurement",
  running: "trains",
  complete: "has ended",
  failed: "failed",
};

let receivedAt = 0;
const status = html("p", { role: "status" }, "Reading what there is …");
const list = html("ul", { class: "watched" });
document.getElementById("page").before(status, list);

function stateOf(run) {
  if (run.state === "missing") return run.message || "holds no run yet; the first will be shown";
  const far = run.epoch ? `, epoch ${number(run.epoch)}` : "";
  const of = far && run.epochs ? ` of ${number(run.epochs)}` : "";
  const silent = ["new", "running"].includes(run.state) ? silenceOf(run) : "";
  return `${STATES[run.state] ?? run.state}${far}${of}${silent}${run.message ? `: ${run.message}` : ""}`;
}

// Nothing tells a run that was killed from one with long epochs, but how long it has said nothing.
function silenceOf(run) {
  const seconds = run.silent + (performance.now() - receivedAt) / 1000;
  if (seconds < QUIET) return "";
  const minutes = Math.floor(seconds / 60);
  const long = minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} hours`;
  return `; nothing new for ${long}: it may have been stopped, and the same command goes on`;
}

function sayWatched() {
  const count = (...states) => PAGE.watched.filter((run) => states.includes(run.state)).length;
  const counts = [
    [count("new", "missing"), "waited for"],
    [count("running"), "training"],
    [count("complete"), "ended"],
    [count("failed"), "failed"],
  ];
  const said = counts.filter(([n]) => n).map(([n, word]) => `${n} ${word}`);
  say(status, `Live · ${said.join(", ")}`);
  const busy = PAGE.watched.filter((run) => run.state !== "complete" || PAGE.watched.length < 6);
  list.replaceChildren(
    ...busy.map((run) => html("li", {}, html("b", {}, run.name), ` ${stateOf(run)}`)),
  );
}

// Numbers that came: runs that are as they were came by their keys alone.
function receive(found) {
  const last = PAGE.runs.length ? { key: PAGE.runs[state.run].key, epoch: epochNow() } : null;
  const follows = !last || state.step === theRun().epochs.length - 1;
  const known = new Map(PAGE.runs.map((run) => [run.key, run]));
  const runs = found.runs
    .map((run) => (run.epochs ? run : known.get(run.key)))
    .filter((run) => run);
  Object.assign(PAGE, found, { runs: runs.length ? runs : PAGE.runs });
  receivedAt = performance.now();
  sayWatched();
  if (!PAGE.runs.length) return;
  document.title = `${PAGE.title} · infoplane`;
  say(document.querySelector("h1"), PAGE.title);
  if (!refresh) {
    refresh = build();
    return;
  }
  state.run = Math.max(
    0,
    PAGE.runs.findIndex((run) => run.key === last.key),
  );
  state.step = follows ? theRun().epochs.length - 1 : nearest(last.epoch);
  refresh();
}

async function ask() {
  let found = null;
  let lost = false;
  try {
    const answer = await fetch(`changes?since=${PAGE.version ?? 0}`, { cache: "no-store" });
    if (answer.status === 200) found = await answer.json();
    lost = !answer.ok;
  } catch {
    lost = true; // nobody is there, or went away in the middle of an answer
  }
  if (found) receive(found);
  else if (lost) say(status, "The server does not answer; the page shows what there was.");
  else sayWatched();
  setTimeout(ask, lost ? LOST : PAUSE);
}

ask();
