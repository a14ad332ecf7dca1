import * as v from 'valibot';
import { quoted } from '../text.ts';

/**
 * A string in which a function finds no problem; the problem text continues a sentence that begins with the string.
 * @param shape what anything but a string must be
 */
export function validString(problemOf: (text: string) => string | undefined, shape = 'must be a string') {
  return v.pipe(
    v.string(shape),
    v.rawCheck<string>(({ dataset, addIssue }) => {
      const found = dataset.typed ? problemOf(dataset.value) : undefined;
      if (found !== undefined) addIssue({ message: `${quoted(String(dataset.value))} ${found}` });
    }),
  );
}

/** A field with the description and examples that editors show. */
export const field = <Schema extends v.GenericSchema>(
  schema: Schema,
  description: string,
  ...examples: readonly v.InferOutput<Schema>[]
) => v.pipe(schema, v.description(description), v.examples(examples));

/** An optional field. */
export const optional = <Schema extends v.GenericSchema>(
  schema: Schema,
  description: string,
  ...examples: readonly v.InferOutput<Schema>[]
) => v.optional(field(schema, description, ...examples));
