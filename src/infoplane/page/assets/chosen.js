// The run that is shown: choosing it, what is said of it, and what else is chosen with it.

const LABELS = { "I(T;Y)": "I(T;Y), true labels", "I(T;Ỹ)": "I(T;Ỹ), labels seen" };

function chosenRun() {
  const about = html("p", { class: "about", id: "about" });
  const gap = html("p", { class: "note", id: "gap" });
  const labels = html("span", {});
  const layers = legend();
  const runs = runChoice(choose);
  const upwards = whenChanged(({ known }) => {
    labels.hidden = known.length < 2;
    labels.replaceChildren(known.length < 2 ? "" : labelChoice(known));
  });

  function choose(index) {
    state.run = index;
    state.hidden.clear();
    state.step = theRun().epochs.length - 1;
    refresh();
  }

  // Take up the numbers there are by now, and leave what is chosen as it is.
  function refresh() {
    const known = [...theRun().planes.keys()];
    state.label = known.includes(state.label) ? state.label : (known[0] ?? null);
    upwards({ known, run: state.run });
    runs.fill();
    layers.fill();
    say(about, aboutRun());
    const missing = missingInRun();
    say(gap, missing);
    gap.hidden = !missing;
    redraw();
  }

  return { about, gap, labels, layers, runs, choose, refresh };
}

// A text that is the same stays untouched, with whatever is marked in it.
function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function labelChoice(known) {
  return radios(
    "label",
    "Upwards in the information plane",
    known.map((label) => [label, LABELS[label]]),
    state.label,
    (label) => {
      state.label = label;
      redraw();
    },
  );
}

function aboutRun() {
  const run = theRun();
  const thinner =
    run.epochs.length < run.measured_epochs
      ? ` · ${run.epochs.length} of ${run.measured_epochs} measured epochs are in this page`
      : "";
  return `${run.about} · run ${run.made.id}${thinner}`;
}

function missingInRun() {
  const run = theRun();
  return [
    run.memorized
      ? null
      : "M was not measured (its labels are true, or it was not asked for), so there is no picture of what is memorized.",
    run.planes.size ? null : "I(X;T) by bins was not measured, so there is no information plane.",
    run.made.state === "complete"
      ? null
      : `This run is not finished (${[run.made.state, run.made.message].filter(Boolean).join(", ")}): the page shows what was measured so far.`,
  ]
    .filter(Boolean)
    .join(" ");
}
