/** Which rows are chosen, and which one the keyboard is at. Pure: an order of ids and an input in, the next selection out. */

export interface Selection {
  readonly chosen: ReadonlySet<string>;
  /** Where a range begins. */
  readonly anchor: string | undefined;
  readonly active: string | undefined;
}

export const NOTHING_CHOSEN: Selection = {
  chosen: new Set(),
  anchor: undefined,
  active: undefined,
};

export type SelectionInput =
  | { readonly type: 'choose'; readonly id: string }
  | { readonly type: 'toggle'; readonly id: string }
  | { readonly type: 'extend'; readonly id: string }
  /** The arrow keys; `steps` may be infinite, for Home and End. */
  | {
      readonly type: 'move';
      readonly steps: number;
      readonly how: 'choose' | 'extend' | 'only-move';
    }
  | { readonly type: 'all' }
  | { readonly type: 'none' };

export function select(
  selection: Selection,
  input: SelectionInput,
  order: readonly string[],
): Selection {
  switch (input.type) {
    case 'choose':
      return { chosen: new Set([input.id]), anchor: input.id, active: input.id };
    case 'toggle':
      return { chosen: toggled(selection.chosen, input.id), anchor: input.id, active: input.id };
    case 'extend':
      return extended(selection, input.id, order);
    case 'move':
      return moved(selection, input, order);
    case 'all':
      return { ...selection, chosen: new Set(order) };
    case 'none':
      return { chosen: new Set(), anchor: undefined, active: selection.active };
  }
}

/** Of what is chosen, what is still shown: nobody acts on rows that a filter hides. */
export function keepShown(selection: Selection, order: readonly string[]): Selection {
  if (selection.chosen.size === 0 && selection.active === undefined) return selection;
  const shown = new Set(order);
  const isWhole = [...selection.chosen].every((id) => shown.has(id));
  const active = selection.active !== undefined && shown.has(selection.active);
  if (isWhole && (active || selection.active === undefined)) return selection;
  return {
    chosen: new Set([...selection.chosen].filter((id) => shown.has(id))),
    anchor:
      selection.anchor !== undefined && shown.has(selection.anchor) ? selection.anchor : undefined,
    active: active ? selection.active : undefined,
  };
}

function toggled(chosen: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const next = new Set(chosen);
  if (!next.delete(id)) next.add(id);
  return next;
}

function extended(selection: Selection, id: string, order: readonly string[]): Selection {
  const from = selection.anchor === undefined ? -1 : order.indexOf(selection.anchor);
  const to = order.indexOf(id);
  if (from < 0 || to < 0) return { chosen: new Set([id]), anchor: id, active: id };
  const range = order.slice(Math.min(from, to), Math.max(from, to) + 1);
  return { chosen: new Set(range), anchor: selection.anchor, active: id };
}

function moved(
  selection: Selection,
  { steps, how }: Extract<SelectionInput, { type: 'move' }>,
  order: readonly string[],
): Selection {
  if (order.length === 0) return selection;
  const at = selection.active === undefined ? -1 : order.indexOf(selection.active);
  const from = at < 0 && steps > 0 ? -1 : Math.max(at, 0);
  const to = Math.max(0, Math.min(order.length - 1, from + steps));
  const id = order[to];
  if (id === undefined) return selection;
  if (how === 'only-move') return { ...selection, active: id };
  if (how === 'extend') return extended(selection, id, order);
  return { chosen: new Set([id]), anchor: id, active: id };
}
