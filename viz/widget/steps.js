// A step in a notebook's cell: its picture, its sentence, and two buttons. The position is the cursor's in Python.

function render({ model, el }) {
  const words = model.get("words");

  function made(tag, properties, parent) {
    return parent.appendChild(Object.assign(document.createElement(tag), properties));
  }

  const group = made("div", { className: "chalkgrad-steps" }, el);
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", words.steps);
  const picture = made("div", {}, group);
  const bar = made("div", { className: "chalkgrad-steps-bar" }, group);
  const back = made("button", { type: "button", textContent: "◀", title: words.back }, bar);
  const forward = made("button", { type: "button", textContent: "▶", title: words.forward }, bar);
  back.setAttribute("aria-label", words.back);
  forward.setAttribute("aria-label", words.forward);
  const sentence = made("pre", {}, group);
  sentence.setAttribute("aria-live", "polite");

  function show() {
    const position = model.get("position");
    picture.innerHTML = model.get("picture"); // written by chalkgrad, every name in it escaped
    sentence.textContent = model.get("refused") || model.get("sentence");
    // A disabled button would lose the focus, and the keys with it.
    back.setAttribute("aria-disabled", position <= 0);
    forward.setAttribute("aria-disabled", position >= model.get("last"));
  }

  function go(position) {
    if (position !== model.get("position")) {
      model.set("position", position);
      model.save_changes();
    }
  }

  function goBack() {
    if (model.get("position") > 0) {
      go(model.get("position") - 1);
    }
  }

  function goForward() {
    if (model.get("position") < model.get("last")) {
      go(model.get("position") + 1);
    }
  }

  back.addEventListener("click", goBack);
  forward.addEventListener("click", goForward);

  const keys = {
    ArrowLeft: goBack,
    ArrowRight: goForward,
    Home: () => go(0),
    End: () => go(model.get("last")),
  };
  group.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) {
      return;
    }
    if (Object.hasOwn(keys, event.key)) {
      keys[event.key]();
      event.preventDefault();
      event.stopPropagation(); // the arrows would choose another cell
    } else if (event.key === "Enter" || event.key === " ") {
      event.stopPropagation(); // the button takes it
    }
  });

  const shown = ["position", "last", "picture", "sentence", "refused"].map((name) => `change:${name}`);
  shown.forEach((name) => model.on(name, show));
  show();
  return () => shown.forEach((name) => model.off(name, show));
}

export default { render };
