// How many columns a section of criteria has, so that none of them stands alone in the last row.

/**
 * @param {number} cells of the section @param {number} most columns that fit
 * @returns {number} as many as fit, or fewer where the last cell would be alone and the rows need not be more
 */
export const columnsFor = (cells, most) => (most > 1 && cells > most && cells % most === 1 ? Math.ceil(cells / Math.ceil(cells / most)) : most);
