/** A user's way of naming accounts; the same in flags and in the config. */
export type AccountSelector =
  | { readonly kind: 'id'; readonly id: string }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'glob'; readonly glob: string }
  | { readonly kind: 'ou'; readonly ou: string }
  | { readonly kind: 'self' }
  | { readonly kind: 'all' };
