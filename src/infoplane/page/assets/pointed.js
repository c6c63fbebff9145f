// The point under the pointer or at the keyboard: found, ringed, told in a note and read aloud.

const tooltip = document.getElementById("tooltip");
const live = document.getElementById("live");

// What extends it has `svg`, `width`, `over` and what can be pointed at, {x, y, row, now, tell()} in
// pixels: `fixed`, which stay until the next draw(), and `points`, which move with the epoch.
class Pointed {
  near(event) {
    const box = this.svg.getBoundingClientRect();
    const ratio = this.width / box.width;
    const [x, y] = [(event.clientX - box.left) * ratio, (event.clientY - box.top) * ratio];
    let best = null,
      least = 26;
    for (const points of [this.fixed, this.points]) {
      for (const point of points) {
        const distance = Math.hypot(point.x - x, point.y - y) - (point.now ? 4 : 0);
        if (distance < least) {
          least = distance;
          best = point;
        }
      }
    }
    return { best, x, y };
  }

  // A finger leaves when it is lifted; what it showed stays, until the next tap or a scroll.
  leave(event) {
    this.pointer = null;
    if (event.pointerType !== "touch") this.hide();
  }

  hover(event) {
    this.pointer = event;
    const { best } = this.near(event);
    if (best) this.show(best);
    else this.hide();
  }

  press(event) {
    const { best } = this.near(event);
    if (best) {
      setEpoch(best.row.epoch);
      this.show(best);
    }
  }

  key(event) {
    if (event.key === "Escape") this.hide();
    if (!this.moved(event.key)) return;
    event.preventDefault();
    this.told();
  }

  // Move by a key of the keyboard; say whether it is one that moves.
  moved(key) {
    const now = this.points.filter((point) => point.now);
    const steps = { ArrowLeft: -1, ArrowRight: 1 };
    if (key in steps) setStep(state.step + steps[key]);
    else if (key === "Home") setStep(0);
    else if (key === "End") setStep(Infinity);
    else if (key === "ArrowUp" || key === "ArrowDown") {
      const by = key === "ArrowUp" ? 1 : -1;
      this.active = (this.active + by + now.length) % Math.max(1, now.length);
    } else return false;
    return true;
  }

  // Show the point that the keyboard is at, and say it to a screen reader.
  told() {
    const point = this.atKeyboard();
    if (!point) return;
    this.show(point);
    live.textContent = point.tell().join("; ");
  }

  atKeyboard() {
    if (!this.svg.matches(":focus-visible")) return null;
    const now = this.points.filter((point) => point.now);
    return now[Math.min(this.active, now.length - 1)];
  }

  // What was pointed at is pointed at again, when the picture has been drawn anew.
  again() {
    if (tooltip.hidden || this.figure.hidden) return;
    const point = this.pointer ? this.near(this.pointer).best : this.atKeyboard();
    if (point) this.show(point);
  }

  show(point) {
    const box = this.svg.getBoundingClientRect();
    const ratio = box.width / this.width;
    this.ring?.remove();
    this.ring = svg("circle", { class: "active", cx: point.x, cy: point.y, r: 9 });
    this.over.append(this.ring);
    tooltip.replaceChildren(...point.tell().map((text) => html("div", {}, text)));
    tooltip.hidden = false;
    const [x, y] = [box.left + point.x * ratio, box.top + point.y * ratio];
    const left = Math.min(x + 14, window.innerWidth - tooltip.offsetWidth - 8);
    const below = y + 16 + tooltip.offsetHeight < window.innerHeight;
    tooltip.style.left = `${Math.max(8, left)}px`;
    tooltip.style.top = `${below ? y + 16 : Math.max(8, y - tooltip.offsetHeight - 16)}px`;
  }

  hide() {
    tooltip.hidden = true;
    this.ring?.remove();
  }
}

// The note does not scroll with the page: at the keyboard it is shown again, else it goes.
function scrolled() {
  const chart = pictures.find((picture) => picture.svg === document.activeElement);
  tooltip.hidden = true;
  chart?.told();
}

addEventListener("scroll", scrolled, { passive: true });
