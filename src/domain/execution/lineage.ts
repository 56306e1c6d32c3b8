/** A run whose lineage would be so deep is refused: by then runs start each other for ever. */
export const LINEAGE_LIMIT = 10;
