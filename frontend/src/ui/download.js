// Files that the browser saves.

/** @param {string} name @param {string} text @param {string} kind media type */
export const download = (name, text, kind) => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: kind }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
};
