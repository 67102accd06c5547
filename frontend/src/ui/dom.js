// Elements, buttons and menus.

/** Make an element. @param {string} tag @param {string} name class @param {string} [text] @returns {HTMLElement} */
export const make = (tag, name, text) => {
  const element = document.createElement(tag);
  if (name) element.className = name;
  if (text !== undefined) element.textContent = text;
  return element;
};

/** A button with words. @param {string} text @param {string} label @param {() => void} onClick @returns {HTMLButtonElement} */
export const button = (text, label, onClick) => {
  const element = document.createElement("button");
  element.type = "button";
  element.className = "nbl-button";
  element.textContent = text;
  if (label !== text) element.setAttribute("aria-label", label);
  element.title = label;
  element.addEventListener("click", onClick);
  return element;
};

/**
 * Fill a menu. @param {HTMLSelectElement} menu @param {string[][]} entries value and, where it differs, text
 * @param {string} [chosen] value
 */
export const fillMenu = (menu, entries, chosen) => {
  menu.replaceChildren(...entries.map(([value, text]) => {
    const option = /** @type {HTMLOptionElement} */ (make("option", "", text ?? value));
    option.value = value;
    option.selected = value === chosen;
    return option;
  }));
};
