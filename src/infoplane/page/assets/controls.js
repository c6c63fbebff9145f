// What is chosen: the run, the label, the scale of time, the layers, and the epoch.

function radios(name, legend, options, chosen, choose) {
  return html(
    "fieldset",
    { class: "hide-in-print" },
    html("legend", {}, legend),
    options.map(([value, text]) =>
      html(
        "label",
        {},
        html("input", {
          type: "radio",
          name,
          value,
          checked: value === chosen,
          change: () => choose(value),
        }),
        text,
      ),
    ),
  );
}

// A choice that is filled by its options and the one chosen; it tells the index of another.
function optionChoice(id, name, choose) {
  const select = html("select", {
    id,
    change: () => {
      choose(select.selectedIndex);
      redraw();
    },
  });
  const label = html("label", {}, name, select);
  const list = whenChanged((options) =>
    select.replaceChildren(...options.map((each) => html("option", {}, each))),
  );
  label.fill = (options, chosen) => {
    list(options);
    select.selectedIndex = options.indexOf(chosen);
  };
  return label;
}

// Hidden while there is nothing to choose. Its fill() takes up the runs there are by now.
function runChoice(onChange) {
  const select = html("select", { id: "run", change: () => onChange(select.selectedIndex) });
  const label = html("label", {}, "Run", select);
  const list = whenChanged((names) => {
    label.hidden = names.length < 2;
    select.replaceChildren(...names.map((name) => html("option", {}, name)));
  });
  label.fill = () => {
    list(
      PAGE.runs.map((run) => (run.name === run.made.id ? `${run.name}: ${run.about}` : run.name)),
    );
    select.selectedIndex = state.run;
  };
  return label;
}

function legend() {
  const holder = html("fieldset", { class: "hide-in-print" });
  const toggle = (depth) => {
    if (!state.hidden.delete(depth)) state.hidden.add(depth);
    redraw();
    for (const button of holder.querySelectorAll("[data-depth]")) {
      button.setAttribute("aria-pressed", String(!state.hidden.has(Number(button.dataset.depth))));
    }
  };
  const list = whenChanged(([layers]) =>
    holder.replaceChildren(
      html("legend", {}, "Layers"),
      ...layers.map((layer) =>
        coloured(
          html(
            "button",
            {
              type: "button",
              class: "layer",
              "data-depth": layer.depth,
              "aria-pressed": String(!state.hidden.has(layer.depth)),
              click: () => toggle(layer.depth),
            },
            html("span", { class: "swatch", "aria-hidden": "true" }),
            html("span", { class: "label" }, `${layer.depth} · ${layer.name}`),
          ),
          layer,
        ),
      ),
    ),
  );
  holder.fill = () => list([theRun().layers, state.run]);
  return holder;
}

// The slider and the play button; they stay in sight while the page is scrolled.
function timeBar() {
  const output = html("output", { id: "epoch", for: "slider" });
  const slider = html("input", {
    type: "range",
    id: "slider",
    min: 0,
    step: 1,
    "aria-label": "Epoch",
    input: () => {
      stop();
      setStep(Number(slider.value));
    },
  });
  const button = html(
    "button",
    {
      type: "button",
      id: "play",
      "aria-pressed": "false",
      click: () => (playing ? stop() : play()),
    },
    "▶ Play",
  );
  let playing = null;

  function stop() {
    cancelAnimationFrame(playing);
    playing = null;
    button.textContent = "▶ Play";
    button.setAttribute("aria-pressed", "false");
  }

  function play() {
    const steps = theRun().epochs.length;
    const pause = Math.min(400, Math.max(33, 9000 / steps));
    if (state.step === steps - 1) setStep(0);
    button.textContent = "❚❚ Pause";
    button.setAttribute("aria-pressed", "true");
    let last = performance.now();
    const tick = (now) => {
      if (now - last >= pause) {
        last = now;
        setStep(state.step + 1);
        if (state.step === steps - 1) {
          stop();
          return;
        }
      }
      playing = requestAnimationFrame(tick);
    };
    playing = requestAnimationFrame(tick);
  }

  pictures.push({
    draw() {
      slider.max = theRun().epochs.length - 1;
    },
    move() {
      slider.value = state.step;
      slider.setAttribute("aria-valuetext", `epoch ${epochNow()}`);
      output.textContent = `epoch ${number(epochNow())}`;
    },
  });
  return html("div", { id: "time", role: "group", "aria-label": "Time" }, button, slider, output);
}
