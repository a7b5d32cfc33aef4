declare const brand: unique symbol;

/** A `Base` that only its parser can make, so that two kinds of string or number are not swapped. */
export type Brand<Base, Name extends string> = Base & { readonly [brand]: Name };
