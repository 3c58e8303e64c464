// The editor: a plain text area, which screen readers, phones and dictation know, with line numbers. Tab leaves it.
const source = document.getElementById("source");
const numbers = document.getElementById("numbers");

function number() {
  const lines = source.value.split("\n").length;
  numbers.textContent = Array.from({ length: lines }, (_, line) => line + 1).join("\n");
  numbers.scrollTop = source.scrollTop;
}

// Types a text in the place of what is chosen, so that undoing brings that back.
export function type(field, text) {
  field.focus();
  if (!document.execCommand("insertText", false, text)) field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
}

// A new line is as far to the right as the one before it, and farther after a colon.
export function newLine(field) {
  const before = field.value.slice(0, field.selectionStart).split("\n").pop();
  const indent = /^ */.exec(before)[0] + (/:\s*(#.*)?$/.test(before) ? "    " : "");
  type(field, `\n${indent}`);
}

export function replace(text) {
  const focused = document.activeElement;
  source.focus();
  source.select();
  type(source, text);
  source.setSelectionRange(0, 0);
  source.scrollTop = 0;
  source.blur();
  if (focused !== document.body) focused?.focus();
  number();
}

source.addEventListener("input", number);
source.addEventListener("scroll", () => { numbers.scrollTop = source.scrollTop; });
source.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.ctrlKey && !event.metaKey && !event.altKey && !event.isComposing) {
    event.preventDefault();
    newLine(source);
  }
});

export { source };
