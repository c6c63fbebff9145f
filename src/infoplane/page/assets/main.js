// The page, from top to bottom.

function build() {
  const page = document.getElementById("page");
  const about = html("p", { class: "about", id: "about" });
  const gap = html("p", { class: "note", id: "gap" });
  const labels = html("span", {});
  const layers = legend();
  const planes = [memorizedPlane(), informationPlane()];
  const time = radios(
    "time",
    "Time",
    [
      ["log", "logarithmic"],
      ["linear", "linear"],
    ],
    "log",
    (value) => {
      state.log = value === "log";
      redraw();
    },
  );

  function choose(index) {
    state.run = index;
    state.hidden.clear();
    const run = theRun();
    const known = [...run.planes.keys()];
    state.label = known.includes(state.label) ? state.label : (known[0] ?? null);
    state.step = run.epochs.length - 1;
    const words = { "I(T;Y)": "I(T;Y), true labels", "I(T;Ỹ)": "I(T;Ỹ), labels seen" };
    labels.hidden = known.length < 2;
    labels.replaceChildren(
      known.length < 2
        ? ""
        : radios(
            "label",
            "Upwards in the information plane",
            known.map((label) => [label, words[label]]),
            state.label,
            (label) => {
              state.label = label;
              redraw();
            },
          ),
    );
    const thinner =
      run.epochs.length < run.measured_epochs
        ? ` · ${run.epochs.length} of ${run.measured_epochs} measured epochs are in this page`
        : "";
    about.textContent = `${run.about} · run ${run.made.id}${thinner}`;
    const missing = [
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
    gap.textContent = missing;
    gap.hidden = !missing;
    layers.fill();
    redraw();
  }

  const several = PAGE.runs.length > 1;
  page.append(
    ...claimsTop(),
    html(
      "section",
      { id: "pictures", tabindex: -1, "aria-labelledby": "planes" },
      html("h2", { id: "planes" }, "The planes"),
      several ? html("div", { class: "choices" }, runChoice(choose)) : null,
      about,
      gap,
      html("div", { class: "choices" }, layers),
      html("div", { class: "choices" }, labels, time),
      timeBar(),
      marksKey(),
      html(
        "div",
        { class: "pictures" },
        planes.map((plane) => plane.figure),
      ),
      numbersTable(),
      html("h2", {}, "Against the epoch"),
      html("p", {}, "A press in any of these sets the epoch of all."),
      html(
        "div",
        { class: "pictures small" },
        courses(planes).map((chart) => chart.figure),
      ),
      html("h2", {}, "Against depth"),
      html(
        "div",
        { class: "pictures" },
        profiles(planes).map((chart) => chart.figure),
      ),
    ),
    examplesSection(),
    ...claimsSections(),
    madeSection(),
  );
  // A study opens with its first run that measured what is memorized.
  const first = Math.max(
    0,
    PAGE.runs.findIndex((run) => run.memorized),
  );
  choose(first);
  const select = document.getElementById("run");
  if (select) select.selectedIndex = first;
  let waiting = null;
  new ResizeObserver(() => {
    cancelAnimationFrame(waiting);
    if (!state.paper) waiting = requestAnimationFrame(redraw);
  }).observe(page);
  addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll("details")) details.open = true;
    state.paper = true;
    redraw();
  });
  addEventListener("afterprint", () => {
    state.paper = false;
    redraw();
  });
}

// A study begins with its verdicts in one line, which leads to the claims.
function claimsTop() {
  return PAGE.studies.map((study, i) => {
    const held = study.claims.filter((claim) => claim.verdict === "holds").length;
    return html(
      "p",
      {},
      html(
        "a",
        { href: `#claims-${i}` },
        `${study.name}: ${held} of ${study.claims.length} claims hold`,
      ),
      ` (${study.scale})`,
    );
  });
}

build();
