/* Text and bytes. */
#include "expr/functions/functions.h"

static bool is_binary(const struct expr *expr)
{
  return expr->type->id == TYPE_BINARY;
}

/* Concatenation, also as the function concat(). */

static bool resolve_concat(struct call *call)
{
  bool has_array = false;
  bool all_binary = call->n_args > 0;
  for (size_t i = 0; i < call->n_args; i++) {
    has_array |= call->args[i]->type->id == TYPE_ARRAY;
    all_binary &= call->args[i]->type->id == TYPE_BINARY;
  }
  call->type = type_simple(all_binary ? TYPE_BINARY : TYPE_STRING);
  if (has_array)
    return call_widen(call, 0, true, &call->type);
  for (size_t i = 0; i < call->n_args; i++)
    TRY(call_expect(call, i, all_binary ? "binary" : "string"));
  return true;
}

/* DuckDB's || is null where an operand is, as Spark's concat. */
static void print_concat(const struct expr *call, struct text_buffer *out)
{
  if (call->n_args == 0) {
    text_buffer_add_string(out, "''");
    return;
  }
  text_buffer_add_char(out, '(');
  print_args(call, 0, " || ", out);
  text_buffer_add_char(out, ')');
}

/* Functions that take text and, under another name, bytes: spark_x and spark_x_binary. */
static void print_text_or_binary(const struct expr *call, struct text_buffer *out)
{
  text_buffer_printf(out, "spark_%s%s(", call->function->name, is_binary(call->args[0]) ? "_binary" : "");
  print_args(call, 0, ", ", out);
  text_buffer_add_char(out, ')');
}

static void print_length(const struct expr *call, struct text_buffer *out)
{
  print_template(call, is_binary(call->args[0]) ? "CAST(octet_length($1) AS INTEGER)" : "CAST(length($1) AS INTEGER)",
                 out);
}

static void print_octet_length(const struct expr *call, struct text_buffer *out)
{
  print_template(call, is_binary(call->args[0]) ? "CAST(octet_length($1) AS INTEGER)" : "CAST(strlen($1) AS INTEGER)",
                 out);
}

static void print_bit_length(const struct expr *call, struct text_buffer *out)
{
  print_octet_length(call, out);
  text_buffer_add_string(out, " * 8");
}

/* Whether both are bytes; otherwise both become text, as in contains() and startswith(). */
static bool resolve_pair(struct call *call)
{
  bool all_binary = is_binary(call->args[0]) && is_binary(call->args[1]);
  for (size_t i = 0; i < 2; i++)
    TRY(call_expect(call, i, all_binary ? "binary" : "string"));
  return true;
}

static void print_pair(const struct expr *call, struct text_buffer *out)
{
  text_buffer_printf(out, "spark_%s%s", call->function->name, is_binary(call->args[0]) ? "_binary" : "");
  print_template(call, "($1, $2)", out);
}

/* The pad is text where the value is text, bytes where it is bytes; without one, blanks or zero bytes. */
static bool resolve_pad(struct call *call)
{
  TRY(call_expect(call, 0, "string|binary"));
  TRY(call_expect(call, 1, "int"));
  call->type = call->args[0]->type;
  if (call->n_args == 2)
    return true;
  if (is_binary(call->args[0]) != is_binary(call->args[2]))
    call->type = type_simple(TYPE_STRING);
  call_cast(call, 0, call->type);
  return call_expect(call, 2, is_binary(call->args[0]) ? "binary" : "string");
}

static void print_pad(const struct expr *call, struct text_buffer *out)
{
  bool of_bytes = is_binary(call->args[0]);
  text_buffer_printf(out, "spark_%s%s(", call->function->name, of_bytes ? "_binary" : "");
  print_template(call, of_bytes ? "$1, $2, ${3:CAST('\\x00' AS BLOB)})" : "$1, $2, ${3:' '})", out);
}

/* overlay(text, replacement, position [, length]) of text or bytes */
static bool resolve_overlay(struct call *call)
{
  for (size_t i = 0; i < call->n_args; i++)
    TRY(call_expect(call, i, i >= 2 ? "int" : "string|binary"));
  if (is_binary(call->args[0]) != is_binary(call->args[1]))
    return call_fail(call, "DATATYPE_MISMATCH.DATA_DIFF_TYPES", "overlay() takes two texts or two binaries");
  call->type = call->args[0]->type;
  return true;
}

static void print_overlay(const struct expr *call, struct text_buffer *out)
{
  text_buffer_printf(out, "spark_overlay%s", is_binary(call->args[0]) ? "_binary" : "");
  print_template(call, "($1, $2, $3, ${4:-1})", out);
}

/* reverse() of text, bytes or an array */
static bool resolve_reverse(struct call *call)
{
  TRY(call_expect(call, 0, "string|binary|array"));
  call->type = call->args[0]->type;
  return true;
}

static void print_reverse(const struct expr *call, struct text_buffer *out)
{
  if (call->type->id == TYPE_ARRAY)
    print_template(call, "list_reverse($1)", out);
  else
    print_text_or_binary(call, out);
}

/* concat_ws(separator, texts and arrays of texts ...) */
static void print_concat_ws(const struct expr *call, struct text_buffer *out)
{
  if (call->n_args == 1)
    print_template(call, "CASE WHEN $1 IS NOT NULL THEN '' END", out);
  else
    print_template(call, "spark_concat_ws__$T*__$T($*)", out);
}

/* elt(n, a, b, ...): bytes where all are, text otherwise */
static bool resolve_elt(struct call *call)
{
  TRY(call_expect(call, 0, "int"));
  bool all_binary = true;
  for (size_t i = 1; i < call->n_args; i++)
    all_binary &= is_binary(call->args[i]);
  for (size_t i = 1; i < call->n_args; i++)
    TRY(call_expect(call, i, all_binary ? "binary" : "string"));
  call->type = call->args[1]->type;
  return true;
}

static void print_elt(const struct expr *call, struct text_buffer *out)
{
  print_template(call, "CASE $1", out);
  for (size_t i = 1; i < call->n_args; i++) {
    text_buffer_printf(out, " WHEN %zu THEN ", i);
    print_expr(call->args[i], out);
  }
  text_buffer_add_string(out, " END");
}

static void print_instr(const struct expr *call, struct text_buffer *out)
{
  print_template(call, call->n_args == 2 ? "spark_locate($2, $1, 1)" : "spark_instr($1, $2, $3, ${4:1})", out);
}

static bool resolve_parse_url(struct call *call)
{
  for (size_t i = 0; i < call->n_args; i++)
    TRY(call_expect_text(call, i));
  return true;
}

/* Argument `index` becomes whether it equals the first one, or both are null: decode()'s search, of any type that "="
 * takes beside the value's. */
static bool compare_with_first(struct call *call, size_t index)
{
  struct arena *arena = call->resolver->arena;
  const struct expr **pair = arena_array(arena, 2, sizeof *pair);
  pair[0] = call->args[0];
  pair[1] = call->args[index];
  struct call comparison = *call;
  comparison.function = function_find(TEXT("<=>"));
  comparison.args = pair;
  comparison.n_args = 2;
  comparison.type = type_simple(TYPE_BOOLEAN);
  TRY(comparison.function->resolve == NULL || comparison.function->resolve(&comparison));
  struct expr *found = expr_new(arena, EXPR_CALL, type_simple(TYPE_BOOLEAN), call->place);
  found->function = comparison.function;
  found->args = comparison.args;
  found->n_args = 2;
  call->args[index] = found;
  return true;
}

/* decode(bytes, charset) is text; decode(value, search, result, ..., default) is a CASE that finds null, too. */
static bool resolve_decode(struct call *call)
{
  if (call->n_args == 2) {
    TRY(call_expect(call, 0, "binary"));
    TRY(call_expect(call, 1, "string"));
    call->type = type_simple(TYPE_STRING);
    return true;
  }
  struct arena *arena = call->resolver->arena;
  const struct expr **results = arena_array(arena, call->n_args, sizeof *results);
  size_t count = 0;
  for (size_t i = 1; i < call->n_args; i++) {
    bool is_search = i % 2 == 1 && i + 1 < call->n_args;
    if (!is_search) {
      results[count++] = call->args[i];
      continue;
    }
    if (!compare_with_first(call, i))
      return false;
  }
  call->type = type_wider_all(arena, results, count, true);
  if (call->type != NULL && call->n_args % 2 == 1) /* what is found nowhere is a NULL of type string */
    call->type = type_wider(arena, call->type, type_simple(TYPE_STRING), true);
  if (call->type == NULL)
    return call_fail(call, "DATATYPE_MISMATCH.DATA_DIFF_TYPES", "the results of decode() have no common type");
  for (size_t i = 1; i < call->n_args; i++)
    if (i % 2 == 0 || i + 1 == call->n_args)
      call_cast(call, i, call->type);
  return true;
}

static void print_decode(const struct expr *call, struct text_buffer *out)
{
  if (call->n_args == 2) {
    print_template(call, "spark_decode($1, $2)", out);
    return;
  }
  text_buffer_add_string(out, "CASE");
  for (size_t i = 1; i < call->n_args; i++) {
    if (i + 1 == call->n_args && i % 2 == 1) {
      text_buffer_add_string(out, " ELSE ");
    } else if (i % 2 == 1) {
      text_buffer_add_string(out, " WHEN ");
    } else {
      text_buffer_add_string(out, " THEN ");
    }
    print_expr(call->args[i], out);
  }
  text_buffer_add_string(out, " END");
}

/* Of two arguments the characters to take off come first. */
static void print_trim(const struct expr *call, struct text_buffer *out)
{
  text_buffer_printf(out, "spark_%s", call->function->name);
  print_template(call, call->n_args == 1 ? "($1, ' ')" : "($2, $1)", out);
}

/* Bytes may be no text, which is what these ask, so that they are not cast to it before. */
static void print_utf8(const struct expr *call, struct text_buffer *out)
{
  text_buffer_printf(out, "spark_%s", call->function->name);
  print_template(call, is_binary(call->args[0]) ? "($1)" : "(encode($1))", out);
}

/* What characters become, each one character or null: constants. */
static bool resolve_mask(struct call *call)
{
  struct text replacement;
  for (size_t i = 1; i < call->n_args; i++) {
    if (!call->args[i]->is_constant)
      return call_fail(call, "DATATYPE_MISMATCH.NON_FOLDABLE_INPUT", "what \"%s\" puts for characters must be constant",
                       call->function->name);
    if (call_literal_text(call, i, &replacement) && text_count_characters(replacement) != 1)
      return call_fail(call, "DATATYPE_MISMATCH.INPUT_SIZE_NOT_ONE",
                       "\"%s\" puts one character for another, found \"%.*s\"", call->function->name,
                       TEXT_ARGS(replacement));
  }
  return true;
}

static bool resolve_to_binary(struct call *call)
{
  static const char *const formats[] = { "hex", "base64", "utf-8", "utf8" };
  struct text format;
  if (call->n_args == 1 || call_is_null(call, 1))
    return true;
  if (!call_literal_text(call, 1, &format))
    return call_fail(call, "DATATYPE_MISMATCH.NON_FOLDABLE_INPUT", "the format of \"%s\" must be a constant",
                     call->function->name);
  for (size_t i = 0; i < ARRAY_LENGTH(formats); i++)
    if (text_equal_nocase(format, text_from(formats[i])))
      return true;
  return call_fail(call, "DATATYPE_MISMATCH.INVALID_ARG_VALUE", "\"%.*s\" is none of hex, base64, utf-8",
                   TEXT_ARGS(format));
}

#define TEXT_FUNCTION(function_name, n_args, arguments, result, sql, text)                                             \
  {                                                                                                                    \
    .name = (function_name), .min_args = (n_args), .max_args = (n_args), .args = (arguments), .returns = (result),     \
    .duckdb = (sql), .doc = (text)                                                                                     \
  }

static const struct function rows[] = {
  { .name = "||",
    .min_args = 2,
    .max_args = 2,
    .flags = FUNCTION_INFIX,
    .resolve = resolve_concat,
    .print = print_concat,
    .doc = "Texts, binaries or arrays joined." },
  { .name = "concat",
    .min_args = 0,
    .max_args = ANY_NUMBER,
    .resolve = resolve_concat,
    .print = print_concat,
    .doc = "Texts, binaries or arrays joined; null where one is null." },
  { .name = "length",
    .aliases = "len char_length character_length",
    .min_args = 1,
    .max_args = 1,
    .args = "string|binary",
    .returns = "int",
    .print = print_length,
    .doc = "Characters of a text, bytes of a binary." },
  { .name = "octet_length",
    .min_args = 1,
    .max_args = 1,
    .args = "string|binary",
    .returns = "int",
    .print = print_octet_length,
    .doc = "Bytes of a text in UTF-8." },
  { .name = "bit_length",
    .min_args = 1,
    .max_args = 1,
    .args = "string|binary",
    .returns = "int",
    .print = print_bit_length,
    .doc = "Bits of a text in UTF-8." },
  { .name = "upper",
    .aliases = "ucase",
    .min_args = 1,
    .max_args = 1,
    .args = "string",
    .returns = "string",
    .duckdb = "spark_upper($1)",
    .doc = "In capital letters." },
  { .name = "lower",
    .aliases = "lcase",
    .min_args = 1,
    .max_args = 1,
    .args = "string",
    .returns = "string",
    .duckdb = "spark_lower($1)",
    .doc = "In small letters." },
  TEXT_FUNCTION("initcap", 1, "string", "string", "spark_initcap($1)", "Each word with a capital first letter."),
  { .name = "trim",
    .min_args = 1,
    .max_args = 2,
    .args = "string",
    .returns = "string",
    .print = print_trim,
    .doc = "Without blanks, or the characters given first, at both ends." },
  { .name = "btrim",
    .min_args = 1,
    .max_args = 2,
    .args = "string",
    .returns = "string",
    .duckdb = "spark_trim($1, ${2:' '})",
    .doc = "Without blanks, or the characters given, at both ends." },
  { .name = "ltrim",
    .min_args = 1,
    .max_args = 2,
    .args = "string",
    .returns = "string",
    .print = print_trim,
    .doc = "Without blanks, or the characters given first, at the start." },
  { .name = "rtrim",
    .min_args = 1,
    .max_args = 2,
    .args = "string",
    .returns = "string",
    .print = print_trim,
    .doc = "Without blanks, or the characters given first, at the end." },
  { .name = "substring",
    .aliases = "substr",
    .min_args = 2,
    .max_args = 3,
    .args = "string|binary int int",
    .returns = "$1",
    .print = print_text_or_binary,
    .doc = "A part, from a position counted from 1 or from the end." },
  { .name = "left",
    .min_args = 2,
    .max_args = 2,
    .args = "string|binary int",
    .returns = "$1",
    .print = print_text_or_binary,
    .doc = "The first characters." },
  TEXT_FUNCTION("right", 2, "string int", "string", "spark_right($1, $2)", "The last characters."),
  { .name = "concat_ws",
    .min_args = 1,
    .max_args = ANY_NUMBER,
    .args = "string string|array<string>",
    .returns = "string",
    .print = print_concat_ws,
    .doc = "Texts joined by a separator, nulls left out." },
  TEXT_FUNCTION("repeat", 2, "string int", "string", "spark_repeat($1, $2)", "The text several times."),
  TEXT_FUNCTION("space", 1, "int", "string", "spark_repeat(' ', $1)", "A number of blanks."),
  { .name = "replace",
    .min_args = 2,
    .max_args = 3,
    .args = "string",
    .returns = "string",
    .duckdb = "spark_replace($1, $2, ${3:''})",
    .doc = "Every occurrence of a text replaced." },
  { .name = "reverse",
    .min_args = 1,
    .max_args = 1,
    .resolve = resolve_reverse,
    .print = print_reverse,
    .doc = "The characters or elements from last to first." },
  TEXT_FUNCTION("translate", 3, "string", "string", "spark_translate($*)", "Characters replaced one by one."),
  { .name = "instr",
    .min_args = 2,
    .max_args = 4,
    .args = "string string int int",
    .returns = "int",
    .print = print_instr,
    .doc = "Where a text is found, from 1, or 0: first, or from a place (counted from the end where negative) so many "
           "times." },
  { .name = "locate",
    .aliases = "position",
    .min_args = 2,
    .max_args = 3,
    .args = "string string int",
    .returns = "int",
    .duckdb = "spark_locate($1, $2, ${3:1})",
    .doc = "Where a text is found from a position on; or 0." },
  { .name = "lpad",
    .min_args = 2,
    .max_args = 3,
    .resolve = resolve_pad,
    .print = print_pad,
    .doc = "Filled up at the start to a length, or cut to it." },
  { .name = "rpad",
    .min_args = 2,
    .max_args = 3,
    .resolve = resolve_pad,
    .print = print_pad,
    .doc = "Filled up at the end to a length, or cut to it." },
  TEXT_FUNCTION("ascii", 1, "string", "int", "spark_ascii($1)", "The code of the first character."),
  { .name = "chr",
    .aliases = "char",
    .min_args = 1,
    .max_args = 1,
    .args = "bigint",
    .returns = "string",
    .duckdb = "spark_chr($1)",
    .doc = "The character of a code from 0 to 255." },
  { .name = "startswith",
    .min_args = 2,
    .max_args = 2,
    .returns = "boolean",
    .resolve = resolve_pair,
    .print = print_pair,
    .doc = "Whether the first begins with the second." },
  { .name = "endswith",
    .min_args = 2,
    .max_args = 2,
    .returns = "boolean",
    .resolve = resolve_pair,
    .print = print_pair,
    .doc = "Whether the first ends with the second." },
  { .name = "contains",
    .min_args = 2,
    .max_args = 2,
    .returns = "boolean",
    .resolve = resolve_pair,
    .print = print_pair,
    .doc = "Whether the second is found in the first." },
  TEXT_FUNCTION("find_in_set", 2, "string", "int", "spark_find_in_set($1, $2)",
                "The place of a text in a list separated by commas; or 0."),
  { .name = "elt",
    .min_args = 2,
    .max_args = ANY_NUMBER,
    .resolve = resolve_elt,
    .print = print_elt,
    .doc = "The argument of a number; null where there is none." },
  { .name = "levenshtein",
    .min_args = 2,
    .max_args = 3,
    .args = "string string int",
    .returns = "int",
    .duckdb = "spark_levenshtein($1, $2, ${3:2147483647})",
    .doc = "How many edits lead from one text to the other." },
  TEXT_FUNCTION("soundex", 1, "=string", "string", "spark_soundex($1)", "The code of an English word's sound."),
  TEXT_FUNCTION("base64", 1, "binary", "string", "spark_base64($1)", "Bytes in base 64."),
  TEXT_FUNCTION("unbase64", 1, "string", "binary", "spark_unbase64($1)", "The bytes of a text in base 64."),
  TEXT_FUNCTION("to_base32", 1, "binary", "string", "spark_to_base32($1)", "Bytes in base 32."),
  TEXT_FUNCTION("from_base32", 1, "string", "binary", "spark_from_base32($1)", "The bytes of a text in base 32."),
  TEXT_FUNCTION("encode", 2, "string", "binary", "spark_encode($1, $2)", "The text's bytes in a character set."),
  { .name = "decode",
    .min_args = 2,
    .max_args = ANY_NUMBER,
    .resolve = resolve_decode,
    .print = print_decode,
    .doc = "Bytes in a character set as text; with more arguments, the result beside the first equal value." },
  { .name = "overlay",
    .min_args = 3,
    .max_args = 4,
    .resolve = resolve_overlay,
    .print = print_overlay,
    .doc = "A part replaced by another text." },
  TEXT_FUNCTION("split_part", 3, "string string int", "string", "spark_split_part($*)",
                "One part of a text that a separator splits; counted from the end if negative."),
  TEXT_FUNCTION("substring_index", 3, "string string int", "string", "spark_substring_index($*)",
                "What stands before a number of separators, or after if negative."),
  TEXT_FUNCTION("luhn_check", 1, "string", "boolean", "spark_luhn_check($1)", "Whether digits pass the Luhn check."),
  { .name = "mask",
    .min_args = 1,
    .max_args = 5,
    .args = "=string",
    .returns = "string",
    .resolve = resolve_mask,
    .duckdb = "spark_mask($1, ${2:'X'}, ${3:'x'}, ${4:'n'}, ${5:CAST(NULL AS VARCHAR)})",
    .doc = "Letters and digits replaced." },
  TEXT_FUNCTION("quote", 1, "string", "string", "spark_quote($1)", "In single quotes, with backslashes before those."),
  { .name = "to_binary",
    .min_args = 1,
    .max_args = 2,
    .args = "string",
    .returns = "binary",
    .resolve = resolve_to_binary,
    .duckdb = "spark_to_binary($1, ${2:'hex'})",
    .doc = "The bytes of a text in hexadecimal digits, base 64 or UTF-8." },
  { .name = "try_to_binary",
    .min_args = 1,
    .max_args = 2,
    .args = "string",
    .returns = "binary",
    .resolve = resolve_to_binary,
    .duckdb = "spark_try_to_binary($1, ${2:'hex'})",
    .doc = "As to_binary(), but null where the text is not in the format." },
  TEXT_FUNCTION("jaro_winkler_similarity", 2, "string", "double", "spark_jaro_winkler($1, $2)",
                "How alike two texts are, from 0 to 1."),
  TEXT_FUNCTION("url_decode", 1, "string", "string", "spark_url_decode($1)", "Decoded from a form or an URL."),
  TEXT_FUNCTION("try_url_decode", 1, "string", "string", "spark_try_url_decode($1)",
                "As url_decode(), but null where that fails."),
  { .name = "parse_url",
    .aliases = "try_parse_url",
    .min_args = 2,
    .max_args = 3,
    .resolve = resolve_parse_url,
    .returns = "string",
    .duckdb = "spark_parse_url($*)",
    .doc = "A part of an URL, such as HOST, or the value of a key of its query; null where it is none." },
  TEXT_FUNCTION("url_encode", 1, "string", "string", "spark_url_encode($1)", "Encoded for a form or an URL."),
  { .name = "is_valid_utf8",
    .min_args = 1,
    .max_args = 1,
    .args = "string|binary",
    .returns = "boolean",
    .print = print_utf8,
    .doc = "Whether the bytes are UTF-8." },
  { .name = "make_valid_utf8",
    .min_args = 1,
    .max_args = 1,
    .args = "string|binary",
    .returns = "string",
    .print = print_utf8,
    .doc = "The text with U+FFFD for what is no UTF-8." },
  { .name = "validate_utf8",
    .min_args = 1,
    .max_args = 1,
    .args = "string|binary",
    .returns = "string",
    .print = print_utf8,
    .doc = "The text; an error where it is no UTF-8." },
  { .name = "try_validate_utf8",
    .min_args = 1,
    .max_args = 1,
    .args = "string|binary",
    .returns = "string",
    .print = print_utf8,
    .doc = "The text; null where it is no UTF-8." },
};

FUNCTION_FAMILY(string_family, "text", rows);
