// How the chosen example went: what the networks gave the label seen, and what they took it for.

const ABSENT = 255;
const bytesOf = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

class HistoryChart extends Stepped {
  draw() {
    const found = theExamples();
    this.figure.hidden = !found?.history.length;
    if (this.figure.hidden) return;
    const last = found.history.at(-1);
    this.frame([0, last], [-0.04, 1.04], { log: state.log, height: 220 });
    this.mark();
  }

  // Anew for every example that is chosen; the axes stay.
  mark() {
    if (this.figure.hidden || !this.moving) return;
    const found = theExamples();
    const row = found.rows.find((each) => each.key === state.example);
    this.ring?.remove();
    this.points = row?.confidence_by_epoch ? pointsOf(this, found, row) : [];
    this.active = Math.max(0, this.points.length - 1);
    const group = coloured(svg("g"), PAGE.colours[row?.corrupted ? "corrupted" : "clean"]);
    group.append(svg("path", { class: "curve", d: line(this.points) }));
    for (const right of [true, false]) {
      const d = this.points
        .filter((p) => p.right === right)
        .map((p) => mark(p.x, p.y, 3))
        .join("");
      group.append(svg("path", { class: right ? "full" : "hollow", d }));
    }
    this.moving.replaceChildren(group);
  }

  press(event) {
    const { best } = this.near(event);
    if (best) this.show(best);
  }
}

function pointsOf(chart, found, row) {
  const confidence = bytesOf(row.confidence_by_epoch);
  const predictions = row.predictions_by_epoch ? bytesOf(row.predictions_by_epoch) : null;
  return found.history.flatMap((epoch, i) => {
    if (confidence[i] === ABSENT) return [];
    const p = confidence[i] / 100;
    const right = predictions ? predictions[i] === row.seen_label : p > 0.5;
    const tell = () => [
      `epoch ${number(epoch)}: p(label seen) ${number(p, 2)}`,
      ...(predictions ? [`predicted by most: ${predictions[i]}${toldAs(row, predictions[i])}`] : []),
    ];
    return [{ row, right, x: chart.x(epoch), y: chart.y(p), tell }];
  });
}

function toldAs(row, predicted) {
  if (predicted === row.seen_label) return ", the label seen";
  return predicted === row.label ? ", the true label" : "";
}

const historyChart = () =>
  new HistoryChart({
    title: "How the chosen example went",
    x: "epoch",
    y: "p(label seen)",
    keys: "Arrows left and right: epoch.",
    shows:
      "the probability that the networks gave to the label seen, whenever the chosen example came " +
      "up in training, before they were changed by it; mean over networks. Hollow where most of them " +
      "predicted another class.",
    not:
      "every epoch: all below 16, then eight in each doubling. Nor a proof: what is fitted long after " +
      "its class was most likely learned by heart, but a hard example with a right label is late too.",
  });
