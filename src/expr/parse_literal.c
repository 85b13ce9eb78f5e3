/* Numbers, and the literals that name their type: DATE '2024-01-15', TIMESTAMP '...', X'1F'. */
#include "expr/parse_internal.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

static bool add_literal(struct parser *p, struct literal literal, size_t first, const struct node **ret_node)
{
  return parser_add_node(p, (struct node){ .kind = NODE_LITERAL, .literal = literal }, first, ret_node);
}

/* A decimal number as its digits and a power of ten. */
struct digits {
  int128 value;
  int n_digits; /* without leading zeros */
  int scale;    /* digits after the point, less the exponent */
  bool is_too_long;
};

static struct digits read_digits(struct text text)
{
  struct digits digits = { 0 };
  bool after_point = false;
  for (size_t i = 0; i < text.length; i++) {
    char c = text.data[i];
    if (c == '.') {
      after_point = true;
    } else if (c == 'e' || c == 'E') {
      char exponent[16] = "";
      memcpy(exponent, text.data + i + 1, text.length - i - 1 < 15 ? text.length - i - 1 : 15);
      long power = strtol(exponent, NULL, 10);
      digits.is_too_long |= labs(power) > 1000;
      digits.scale -= (int)(labs(power) > 1000 ? 0 : power);
      break;
    } else {
      digits.scale += after_point;
      digits.n_digits += digits.n_digits > 0 || c != '0';
      digits.is_too_long |= digits.n_digits > 38 || digits.scale > 1000;
      if (!digits.is_too_long)
        digits.value = digits.value * 10 + (c - '0');
    }
  }
  return digits;
}

static bool fail_range(struct parser *p, size_t first, const char *type)
{
  return parser_fail(p, parser_place_from(p, first), "INVALID_NUMERIC_LITERAL_RANGE",
                     "the number is out of the range of %s", type);
}

static bool add_decimal(struct parser *p, struct digits digits, bool is_negative, size_t first,
                        const struct node **ret_node)
{
  for (; !digits.is_too_long && digits.scale < 0; digits.scale++) {
    digits.n_digits += digits.n_digits > 0;
    digits.is_too_long = digits.n_digits > 38;
    if (!digits.is_too_long)
      digits.value *= 10;
  }
  int precision = digits.n_digits > digits.scale ? digits.n_digits : digits.scale;
  if (digits.is_too_long || precision > 38)
    return parser_fail(p, parser_place_from(p, first), "DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION",
                       "the number has more than the 38 digits of a decimal");
  struct literal literal = { .type = type_decimal(p->arena, precision < 1 ? 1 : precision, digits.scale) };
  literal.decimal = is_negative ? -digits.value : digits.value;
  return add_literal(p, literal, first, ret_node);
}

/* Integer types by suffix; the one without a suffix widens to bigint and decimal. */
static const struct integer_suffix {
  const char *suffix;
  enum type_id type;
  int64_t max;
  const char *name;
} integer_suffixes[] = {
  { "", TYPE_INT, INT32_MAX, "int" },
  { "L", TYPE_BIGINT, INT64_MAX, "bigint" },
  { "S", TYPE_SMALLINT, INT16_MAX, "smallint" },
  { "Y", TYPE_TINYINT, INT8_MAX, "tinyint" },
};

static bool add_integer(struct parser *p, const struct token *token, bool is_negative, size_t first,
                        const struct node **ret_node)
{
  struct digits digits = read_digits(token->text);
  const struct integer_suffix *row = &integer_suffixes[0];
  for (size_t i = 0; i < ARRAY_LENGTH(integer_suffixes); i++)
    if (strcmp(integer_suffixes[i].suffix, token->suffix) == 0)
      row = &integer_suffixes[i];
  if (row->type == TYPE_INT && digits.value > (int128)INT32_MAX + is_negative)
    row = &integer_suffixes[1];
  bool fits = !digits.is_too_long && digits.value <= (int128)row->max + is_negative;
  if (!fits && token->suffix[0] == 0)
    return add_decimal(p, digits, is_negative, first, ret_node);
  if (!fits)
    return fail_range(p, first, row->name);
  struct literal literal = { .type = type_simple(row->type) };
  literal.integer = (int64_t)(is_negative ? -digits.value : digits.value);
  return add_literal(p, literal, first, ret_node);
}

static bool add_floating(struct parser *p, const struct token *token, bool is_negative, size_t first,
                         const struct node **ret_node)
{
  bool is_float = token->suffix[0] == 'F';
  const char *digits = text_copy(p->arena, token->text);
  double value = is_float ? (double)strtof(digits, NULL) : strtod(digits, NULL);
  if (isinf(value))
    return fail_range(p, first, is_float ? "float" : "double");
  struct literal literal = { .type = type_simple(is_float ? TYPE_FLOAT : TYPE_DOUBLE) };
  literal.floating = is_negative ? -value : value;
  return add_literal(p, literal, first, ret_node);
}

/* number: [ "-" ] digits; the sign has been read */
bool parse_number(struct parser *p, bool is_negative, size_t first, const struct node **ret_node)
{
  const struct token *token = parser_peek(p, 0);
  switch (token->kind) {
  case TOKEN_INTEGER:
    p->at++;
    return add_integer(p, token, is_negative, first, ret_node);
  case TOKEN_DECIMAL:
    p->at++;
    return add_decimal(p, read_digits(token->text), is_negative, first, ret_node);
  case TOKEN_FLOATING:
    p->at++;
    return add_floating(p, token, is_negative, first, ret_node);
  default:
    return parser_fail_syntax(p, "a number");
  }
}

static bool read_binary(struct parser *p, struct text text, struct literal *literal)
{
  char *bytes = arena_alloc(p->arena, text.length / 2 + 1);
  size_t length = (text.length + 1) / 2;
  for (size_t i = 0; i < text.length; i++) {
    int digit = hex_digit(text.data[i]);
    if (digit < 0)
      return false;
    size_t at = (i + text.length % 2) / 2; /* an odd digit stands alone in the first byte */
    bytes[at] = (char)((unsigned char)bytes[at] * 16 + digit);
  }
  literal->text = (struct text){ bytes, length };
  return true;
}

static bool read_date(struct parser *p, struct text text, struct literal *literal)
{
  (void)p;
  int32_t days;
  literal->integer = 0;
  if (text_equal_nocase(text_trim(text), TEXT("epoch")))
    return true;
  if (!text_to_date(text, &days))
    return false;
  literal->integer = days;
  return true;
}

static bool read_timestamp(struct parser *p, struct text text, struct literal *literal)
{
  literal->integer = 0;
  return text_equal_nocase(text_trim(text), TEXT("epoch")) || text_to_timestamp(text, p->zone, &literal->integer);
}

static bool read_timestamp_ntz(struct parser *p, struct text text, struct literal *literal)
{
  (void)p;
  literal->integer = 0;
  return text_equal_nocase(text_trim(text), TEXT("epoch")) || text_to_timestamp_ntz(text, &literal->integer);
}

static const struct typed_literal {
  const char *word;
  enum type_id type;
  bool (*read)(struct parser *p, struct text text, struct literal *literal);
} typed_literals[] = {
  { "DATE", TYPE_DATE, read_date },
  { "TIMESTAMP", TYPE_TIMESTAMP, read_timestamp },
  { "TIMESTAMP_LTZ", TYPE_TIMESTAMP, read_timestamp },
  { "TIMESTAMP_NTZ", TYPE_TIMESTAMP_NTZ, read_timestamp_ntz },
  { "X", TYPE_BINARY, read_binary },
  { "TIME", TYPE_VOID, NULL },
};

static const struct typed_literal *find_typed_literal(const struct parser *p)
{
  if (parser_peek(p, 1)->kind != TOKEN_STRING)
    return NULL;
  for (size_t i = 0; i < ARRAY_LENGTH(typed_literals); i++)
    if (parser_is_word(p, 0, typed_literals[i].word))
      return &typed_literals[i];
  return NULL;
}

bool parser_at_typed_literal(const struct parser *p)
{
  return find_typed_literal(p) != NULL;
}

/* Words that mean another day or instant every time. */
static bool is_moving(struct text text)
{
  static const char *const words[] = { "now", "today", "tomorrow", "yesterday" };
  for (size_t i = 0; i < ARRAY_LENGTH(words); i++)
    if (text_equal_nocase(text_trim(text), text_from(words[i])))
      return true;
  return false;
}

/* typed literal: word string */
bool parse_typed_literal(struct parser *p, const struct node **ret_node)
{
  const struct typed_literal *row = find_typed_literal(p);
  if (row == NULL)
    BUG("parse_typed_literal: the parser is not at one");
  size_t first = p->at;
  struct text text = parser_peek(p, 1)->text;
  p->at += 2;
  struct place place = parser_place_from(p, first);
  if (row->read == NULL)
    return parser_fail(p, place, NULL, "the type TIME of Spark is not supported yet by crisol");
  struct literal literal = { .type = type_simple(row->type) };
  if (row->read(p, text, &literal))
    return add_literal(p, literal, first, ret_node);
  if (row->type != TYPE_BINARY && is_moving(text))
    return parser_fail(p, place, NULL, "%s '%.*s' is not supported; current_date() and current_timestamp() are",
                       row->word, TEXT_ARGS(text));
  return parser_fail(p, place, "INVALID_TYPED_LITERAL", "\"%.*s\" is no %s", TEXT_ARGS(text),
                     row->type == TYPE_BINARY ? "hexadecimal number" : row->word);
}
