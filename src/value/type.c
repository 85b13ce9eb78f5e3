/* The types: constructors, Spark's and DuckDB's names of them, and the parser of Spark's DDL. */
#include "value/type.h"

#include <stdio.h>

enum { MAX_TYPE_DEPTH = 64 };

/* A type without parameters. The first row of an id is its canonical one; further rows are other spellings. */
static const struct simple_name {
  enum type_id id;
  const char *spark;
  const char *duckdb;
} simple_names[] = {
  { .id = TYPE_VOID, .spark = "void", .duckdb = "INTEGER" },
  { .id = TYPE_BOOLEAN, .spark = "boolean", .duckdb = "BOOLEAN" },
  { .id = TYPE_TINYINT, .spark = "tinyint", .duckdb = "TINYINT" },
  { .id = TYPE_SMALLINT, .spark = "smallint", .duckdb = "SMALLINT" },
  { .id = TYPE_INT, .spark = "int", .duckdb = "INTEGER" },
  { .id = TYPE_BIGINT, .spark = "bigint", .duckdb = "BIGINT" },
  { .id = TYPE_FLOAT, .spark = "float", .duckdb = "FLOAT" },
  { .id = TYPE_DOUBLE, .spark = "double", .duckdb = "DOUBLE" },
  { .id = TYPE_STRING, .spark = "string", .duckdb = "VARCHAR" },
  { .id = TYPE_BINARY, .spark = "binary", .duckdb = "BLOB" },
  { .id = TYPE_DATE, .spark = "date", .duckdb = "DATE" },
  { .id = TYPE_TIMESTAMP, .spark = "timestamp", .duckdb = "TIMESTAMP WITH TIME ZONE" },
  { .id = TYPE_TIMESTAMP_NTZ, .spark = "timestamp_ntz", .duckdb = "TIMESTAMP" },
  { .id = TYPE_INTERVAL, .spark = "interval", .duckdb = "INTERVAL" },
  { .id = TYPE_VARIANT, .spark = "variant", .duckdb = "VARCHAR" },
  { .id = TYPE_TINYINT, .spark = "byte" },
  { .id = TYPE_SMALLINT, .spark = "short" },
  { .id = TYPE_INT, .spark = "integer" },
  { .id = TYPE_BIGINT, .spark = "long" },
  { .id = TYPE_FLOAT, .spark = "real" },
  { .id = TYPE_TIMESTAMP, .spark = "timestamp_ltz" },
};

static const char *const unit_names[] = {
  [UNIT_YEAR] = "year", [UNIT_MONTH] = "month",   [UNIT_DAY] = "day",
  [UNIT_HOUR] = "hour", [UNIT_MINUTE] = "minute", [UNIT_SECOND] = "second",
};

static const struct type simple_types[] = {
  [TYPE_VOID] = { .id = TYPE_VOID },
  [TYPE_BOOLEAN] = { .id = TYPE_BOOLEAN },
  [TYPE_TINYINT] = { .id = TYPE_TINYINT },
  [TYPE_SMALLINT] = { .id = TYPE_SMALLINT },
  [TYPE_INT] = { .id = TYPE_INT },
  [TYPE_BIGINT] = { .id = TYPE_BIGINT },
  [TYPE_FLOAT] = { .id = TYPE_FLOAT },
  [TYPE_DOUBLE] = { .id = TYPE_DOUBLE },
  [TYPE_STRING] = { .id = TYPE_STRING },
  [TYPE_BINARY] = { .id = TYPE_BINARY },
  [TYPE_DATE] = { .id = TYPE_DATE },
  [TYPE_TIMESTAMP] = { .id = TYPE_TIMESTAMP },
  [TYPE_TIMESTAMP_NTZ] = { .id = TYPE_TIMESTAMP_NTZ },
  [TYPE_INTERVAL_YEAR_MONTH] = { .id = TYPE_INTERVAL_YEAR_MONTH, .first_unit = UNIT_YEAR, .last_unit = UNIT_MONTH },
  [TYPE_INTERVAL_DAY_TIME] = { .id = TYPE_INTERVAL_DAY_TIME, .first_unit = UNIT_DAY, .last_unit = UNIT_SECOND },
  [TYPE_INTERVAL] = { .id = TYPE_INTERVAL },
  [TYPE_VARIANT] = { .id = TYPE_VARIANT },
};

const struct type *type_simple(enum type_id id)
{
  if (id >= ARRAY_LENGTH(simple_types) || id == TYPE_DECIMAL)
    BUG("not a simple type");
  return &simple_types[id];
}

const struct type *type_decimal(struct arena *arena, int precision, int scale)
{
  if (precision < 1 || precision > 38 || scale < 0 || scale > precision)
    BUG("precision or scale of a decimal out of range");
  struct type *type = arena_alloc(arena, sizeof *type);
  *type = (struct type){ .id = TYPE_DECIMAL, .precision = (uint8_t)precision, .scale = (uint8_t)scale };
  return type;
}

const struct type *type_array(struct arena *arena, const struct type *element)
{
  struct type *type = arena_alloc(arena, sizeof *type);
  *type = (struct type){ .id = TYPE_ARRAY, .element = element };
  return type;
}

const struct type *type_map(struct arena *arena, const struct type *key, const struct type *value)
{
  struct type *type = arena_alloc(arena, sizeof *type);
  *type = (struct type){ .id = TYPE_MAP, .key = key, .element = value };
  return type;
}

const struct type *type_struct(struct arena *arena, const struct type_field *fields, size_t n_fields)
{
  struct type *type = arena_alloc(arena, sizeof *type);
  *type = (struct type){ .id = TYPE_STRUCT, .fields = fields, .n_fields = n_fields };
  return type;
}

const struct type *type_interval(struct arena *arena, enum interval_unit first, enum interval_unit last)
{
  if (first > last || (first <= UNIT_MONTH && last > UNIT_MONTH))
    BUG("an interval from one unit to another that it cannot reach");
  struct type *type = arena_alloc(arena, sizeof *type);
  *type = (struct type){ .id = first <= UNIT_MONTH ? TYPE_INTERVAL_YEAR_MONTH : TYPE_INTERVAL_DAY_TIME,
                         .first_unit = first,
                         .last_unit = last };
  return type;
}

static bool fields_equal(const struct type *a, const struct type *b)
{
  if (a->n_fields != b->n_fields)
    return false;
  for (size_t i = 0; i < a->n_fields; i++)
    if (strcmp(a->fields[i].name, b->fields[i].name) != 0 || !type_equal(a->fields[i].type, b->fields[i].type))
      return false;
  return true;
}

bool type_equal(const struct type *a, const struct type *b)
{
  if (a == b)
    return true;
  if (a->id != b->id)
    return false;
  switch (a->id) {
  case TYPE_DECIMAL:
    return a->precision == b->precision && a->scale == b->scale;
  case TYPE_INTERVAL_YEAR_MONTH:
  case TYPE_INTERVAL_DAY_TIME:
    return a->first_unit == b->first_unit && a->last_unit == b->last_unit;
  case TYPE_ARRAY:
    return type_equal(a->element, b->element);
  case TYPE_MAP:
    return type_equal(a->key, b->key) && type_equal(a->element, b->element);
  case TYPE_STRUCT:
    return fields_equal(a, b);
  default:
    return true;
  }
}

bool type_is_numeric(const struct type *type)
{
  return type->id >= TYPE_TINYINT && type->id <= TYPE_DECIMAL;
}

bool type_is_integral(const struct type *type)
{
  return type->id >= TYPE_TINYINT && type->id <= TYPE_BIGINT;
}

bool type_is_nested(const struct type *type)
{
  return type->id == TYPE_STRUCT || type->id == TYPE_ARRAY || type->id == TYPE_MAP;
}

/* Digits that the values of an integral type may have; 0 for other types. */
static int integral_digits(const struct type *type)
{
  switch (type->id) {
  case TYPE_TINYINT:
    return 3;
  case TYPE_SMALLINT:
    return 5;
  case TYPE_INT:
    return 10;
  case TYPE_BIGINT:
    return 19;
  default:
    return 0;
  }
}

bool type_is_widening(const struct type *from, const struct type *to)
{
  int digits = integral_digits(from);
  if (to->id == TYPE_DECIMAL) {
    int to_digits = to->precision - to->scale;
    if (from->id != TYPE_DECIMAL)
      return digits > 0 && to_digits >= digits;
    return !type_equal(from, to) && to->scale >= from->scale && to_digits >= from->precision - from->scale;
  }
  if (to->id == TYPE_DOUBLE)
    return from->id == TYPE_FLOAT || (digits > 0 && from->id != TYPE_BIGINT);
  return digits > 0 && digits < integral_digits(to);
}

static const struct simple_name *simple_name_of(enum type_id id)
{
  for (size_t i = 0; i < ARRAY_LENGTH(simple_names); i++)
    if (simple_names[i].id == id)
      return &simple_names[i];
  BUG("a type without a name");
}

static bool is_word_char(char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || (c & 0x80) != 0;
}

/* A name of any characters, such as JSON has, stands in backquotes where it would not be read back without them. */
static void print_ddl_name(const char *name, struct text_buffer *out)
{
  const char *end = name;
  while (is_word_char(*end))
    end++;
  if (end > name && *end == '\0')
    text_buffer_add_string(out, name);
  else
    text_buffer_add_quoted(out, name, '`');
}

static void print(const struct type *type, bool is_ddl, struct text_buffer *out);

static void print_struct(const struct type *type, bool is_ddl, struct text_buffer *out)
{
  text_buffer_add_string(out, "struct<");
  for (size_t i = 0; i < type->n_fields; i++) {
    text_buffer_add_string(out, i == 0 ? "" : ",");
    if (is_ddl)
      print_ddl_name(type->fields[i].name, out);
    else
      text_buffer_add_string(out, type->fields[i].name);
    text_buffer_add_char(out, ':');
    print(type->fields[i].type, is_ddl, out);
  }
  text_buffer_add_char(out, '>');
}

static void print(const struct type *type, bool is_ddl, struct text_buffer *out)
{
  switch (type->id) {
  case TYPE_DECIMAL:
    text_buffer_printf(out, "decimal(%d,%d)", type->precision, type->scale);
    return;
  case TYPE_INTERVAL_YEAR_MONTH:
  case TYPE_INTERVAL_DAY_TIME:
    text_buffer_printf(out, "interval %s", unit_names[type->first_unit]);
    if (type->first_unit != type->last_unit)
      text_buffer_printf(out, " to %s", unit_names[type->last_unit]);
    return;
  case TYPE_ARRAY:
    text_buffer_add_string(out, "array<");
    print(type->element, is_ddl, out);
    text_buffer_add_char(out, '>');
    return;
  case TYPE_MAP:
    text_buffer_add_string(out, "map<");
    print(type->key, is_ddl, out);
    text_buffer_add_char(out, ',');
    print(type->element, is_ddl, out);
    text_buffer_add_char(out, '>');
    return;
  case TYPE_STRUCT:
    print_struct(type, is_ddl, out);
    return;
  default:
    text_buffer_add_string(out, simple_name_of(type->id)->spark);
  }
}

void type_print(const struct type *type, struct text_buffer *out)
{
  print(type, false, out);
}

char *type_name(struct arena *arena, const struct type *type)
{
  SCOPED(text_buffer_done) struct text_buffer buffer = { 0 };
  type_print(type, &buffer);
  return arena_copy(arena, buffer.data, buffer.length);
}

void type_print_ddl(const struct type *type, struct text_buffer *out)
{
  print(type, true, out);
}

char *type_ddl(struct arena *arena, const struct type *type)
{
  SCOPED(text_buffer_done) struct text_buffer buffer = { 0 };
  print(type, true, &buffer);
  return arena_copy(arena, buffer.data, buffer.length);
}

static void print_duckdb_struct(const struct type *type, struct text_buffer *out)
{
  text_buffer_add_string(out, "STRUCT(");
  for (size_t i = 0; i < type->n_fields; i++) {
    if (i > 0)
      text_buffer_add_string(out, ", ");
    text_buffer_add_quoted(out, type->fields[i].name, '"');
    text_buffer_add_char(out, ' ');
    type_print_duckdb(type->fields[i].type, out);
  }
  text_buffer_add_char(out, ')');
}

void type_print_duckdb(const struct type *type, struct text_buffer *out)
{
  switch (type->id) {
  case TYPE_DECIMAL:
    text_buffer_printf(out, "DECIMAL(%d,%d)", type->precision, type->scale);
    return;
  case TYPE_INTERVAL_YEAR_MONTH:
  case TYPE_INTERVAL_DAY_TIME:
    text_buffer_add_string(out, "INTERVAL");
    return;
  case TYPE_ARRAY:
    type_print_duckdb(type->element, out);
    text_buffer_add_string(out, "[]");
    return;
  case TYPE_MAP:
    text_buffer_add_string(out, "MAP(");
    type_print_duckdb(type->key, out);
    text_buffer_add_string(out, ", ");
    type_print_duckdb(type->element, out);
    text_buffer_add_char(out, ')');
    return;
  case TYPE_STRUCT:
    print_duckdb_struct(type, out);
    return;
  default:
    text_buffer_add_string(out, simple_name_of(type->id)->duckdb);
  }
}

/* The parser of types. Each rule's grammar stands above it; errors name the whole type and the token found. */
struct type_parser {
  struct arena *arena;
  struct text text;
  size_t at;
  size_t depth;
  struct place place;
  struct error *err;
};

static bool is_blank(char c)
{
  return c == ' ' || (c >= '\t' && c <= '\r');
}

static void skip_blanks(struct type_parser *p)
{
  while (p->at < p->text.length && is_blank(p->text.data[p->at]))
    p->at++;
}

static char peek(struct type_parser *p)
{
  skip_blanks(p);
  return p->at < p->text.length ? p->text.data[p->at] : 0;
}

static bool accept(struct type_parser *p, char c)
{
  if (peek(p) != c || c == 0)
    return false;
  p->at++;
  return true;
}

static struct text peek_word(struct type_parser *p)
{
  skip_blanks(p);
  size_t end = p->at;
  while (end < p->text.length && is_word_char(p->text.data[end]))
    end++;
  return (struct text){ .data = p->text.data + p->at, .length = end - p->at };
}

static bool accept_word(struct type_parser *p, const char *word)
{
  struct text found = peek_word(p);
  if (!text_equal_nocase(found, text_from(word)))
    return false;
  p->at += found.length;
  return true;
}

static bool fail_expected(struct type_parser *p, const char *expected)
{
  skip_blanks(p);
  struct text rest = { .data = p->text.data + p->at, .length = p->text.length - p->at };
  if (rest.length == 0)
    return fail(p->err, ERROR_CONFIG, p->place, "type \"%.*s\" ends where %s was expected", TEXT_ARGS(p->text),
                expected);
  return fail(p->err, ERROR_CONFIG, p->place, "type \"%.*s\" has \"%.*s\" where %s was expected", TEXT_ARGS(p->text),
              TEXT_ARGS(rest), expected);
}

static bool expect(struct type_parser *p, char c)
{
  char name[] = { '"', c, '"', 0 };
  return accept(p, c) || fail_expected(p, name);
}

static bool fail_unknown(struct type_parser *p, struct text word)
{
  static const char *const known[] = {
    "boolean", "tinyint", "byte",      "smallint",      "short",         "int",     "integer",
    "bigint",  "long",    "float",     "real",          "double",        "string",  "binary",
    "date",    "void",    "timestamp", "timestamp_ntz", "timestamp_ltz", "decimal", "dec",
    "numeric", "array",   "map",       "struct",        "interval",      "varchar", "char",
  };
  fail(p->err, ERROR_CONFIG, p->place, "unknown type \"%.*s\"", TEXT_ARGS(word));
  const char *nearest = text_nearest(word, known, ARRAY_LENGTH(known));
  return nearest == NULL ? add_hint(p->err, "A type is one of boolean, tinyint, smallint, int, bigint, float, double, "
                                            "decimal(p,s), string, binary, date, timestamp, array<...>, map<...>, "
                                            "struct<...>.")
                         : add_hint(p->err, "The nearest type is \"%s\".", nearest);
}

static bool parse_type(struct type_parser *p, const struct type **ret_type);

/* number: digits, up to 9999 */
static bool parse_number(struct type_parser *p, int *ret_number)
{
  struct text word = peek_word(p);
  int number = 0;
  for (size_t i = 0; i < word.length; i++) {
    if (word.data[i] < '0' || word.data[i] > '9' || number > 999)
      return fail_expected(p, "a number");
    number = number * 10 + (word.data[i] - '0');
  }
  if (word.length == 0)
    return fail_expected(p, "a number");
  p->at += word.length;
  *ret_number = number;
  return true;
}

/* decimal: [ "(" precision [ "," scale ] ")" ] */
static bool parse_decimal(struct type_parser *p, const struct type **ret_type)
{
  int precision = 10;
  int scale = 0;
  if (accept(p, '(')) {
    TRY(parse_number(p, &precision));
    if (accept(p, ','))
      TRY(parse_number(p, &scale));
    TRY(expect(p, ')'));
  }
  if (precision < 1 || precision > 38)
    return fail(p->err, ERROR_CONFIG, p->place, "precision %d of \"%.*s\" is not within 1 to 38", precision,
                TEXT_ARGS(p->text));
  if (scale > precision)
    return fail(p->err, ERROR_CONFIG, p->place, "scale %d of \"%.*s\" is greater than its precision %d", scale,
                TEXT_ARGS(p->text), precision);
  *ret_type = type_decimal(p->arena, precision, scale);
  return true;
}

/* string with a length, which Spark checks on writing only: "(" length ")" */
static bool parse_length(struct type_parser *p, const struct type **ret_type)
{
  int length;
  TRY(expect(p, '('));
  TRY(parse_number(p, &length));
  TRY(expect(p, ')'));
  *ret_type = type_simple(TYPE_STRING);
  return true;
}

/* array: "<" type ">" */
static bool parse_array(struct type_parser *p, const struct type **ret_type)
{
  const struct type *element;
  TRY(expect(p, '<'));
  TRY(parse_type(p, &element));
  TRY(expect(p, '>'));
  *ret_type = type_array(p->arena, element);
  return true;
}

/* map: "<" type "," type ">" */
static bool parse_map(struct type_parser *p, const struct type **ret_type)
{
  const struct type *key;
  const struct type *value;
  TRY(expect(p, '<'));
  TRY(parse_type(p, &key));
  TRY(expect(p, ','));
  TRY(parse_type(p, &value));
  TRY(expect(p, '>'));
  *ret_type = type_map(p->arena, key, value);
  return true;
}

/* name: word | "`" ... "`" */
static bool parse_field_name(struct type_parser *p, const char **ret_name)
{
  if (!accept(p, '`')) {
    struct text word = peek_word(p);
    if (word.length == 0)
      return fail_expected(p, "a field's name");
    p->at += word.length;
    *ret_name = text_copy(p->arena, word);
    return true;
  }
  SCOPED(text_buffer_done) struct text_buffer name = { 0 };
  while (p->at < p->text.length) {
    char c = p->text.data[p->at++];
    bool is_doubled = c == '`' && p->at < p->text.length && p->text.data[p->at] == '`';
    if (c == '`' && !is_doubled) {
      *ret_name = text_copy(p->arena, text_buffer_text(&name));
      return true;
    }
    if (is_doubled)
      p->at++;
    text_buffer_add_char(&name, c);
  }
  return fail_expected(p, "a closing `");
}

/* [ "NOT" "NULL" ] [ "COMMENT" string ]: read and forgotten */
static bool parse_field_options(struct type_parser *p)
{
  if (accept_word(p, "not") && !accept_word(p, "null"))
    return fail_expected(p, "NULL");
  if (!accept_word(p, "comment"))
    return true;
  char quote = peek(p);
  if (quote != '\'' && quote != '"')
    return fail_expected(p, "a comment in quotes");
  for (p->at++; p->at < p->text.length && p->text.data[p->at] != quote; p->at++)
    if (p->text.data[p->at] == '\\' && p->at + 1 < p->text.length)
      p->at++;
  return expect(p, quote);
}

/* fields: [ name [ ":" ] type options { "," name [ ":" ] type options } ] */
static bool parse_fields(struct type_parser *p, char end, const struct type **ret_type)
{
  struct type_field *fields = NULL;
  size_t count = 0;
  size_t capacity = 0;
  while (peek(p) != end) {
    if (count > 0)
      TRY(expect(p, ','));
    struct type_field field;
    TRY(parse_field_name(p, &field.name));
    accept(p, ':');
    TRY(parse_type(p, &field.type));
    TRY(parse_field_options(p));
    fields = arena_grow(p->arena, fields, count, &capacity, sizeof *fields);
    fields[count++] = field;
  }
  *ret_type = type_struct(p->arena, fields, count);
  return true;
}

/* struct: "<" fields ">" */
static bool parse_struct(struct type_parser *p, const struct type **ret_type)
{
  TRY(expect(p, '<'));
  TRY(parse_fields(p, '>', ret_type));
  return expect(p, '>');
}

static bool parse_unit(struct type_parser *p, enum interval_unit *ret_unit)
{
  for (size_t i = 0; i < ARRAY_LENGTH(unit_names); i++) {
    if (accept_word(p, unit_names[i])) {
      *ret_unit = (enum interval_unit)i;
      return true;
    }
  }
  return false;
}

/* interval: [ unit [ "TO" unit ] ] */
static bool parse_interval(struct type_parser *p, const struct type **ret_type)
{
  enum interval_unit first;
  if (!parse_unit(p, &first)) {
    *ret_type = type_simple(TYPE_INTERVAL);
    return true;
  }
  enum interval_unit last = first;
  if (accept_word(p, "to") && !parse_unit(p, &last))
    return fail_expected(p, "a unit");
  if (first > last || (first <= UNIT_MONTH && last > UNIT_MONTH))
    return fail(p->err, ERROR_CONFIG, p->place, "type \"%.*s\" is no interval: %s cannot reach %s", TEXT_ARGS(p->text),
                unit_names[first], unit_names[last]);
  *ret_type = type_interval(p->arena, first, last);
  return true;
}

/* What follows a type's name where the type has parameters. */
static const struct compound {
  const char *name;
  bool (*parse)(struct type_parser *p, const struct type **ret_type);
} compounds[] = {
  { .name = "decimal", .parse = parse_decimal },   { .name = "dec", .parse = parse_decimal },
  { .name = "numeric", .parse = parse_decimal },   { .name = "array", .parse = parse_array },
  { .name = "map", .parse = parse_map },           { .name = "struct", .parse = parse_struct },
  { .name = "interval", .parse = parse_interval }, { .name = "varchar", .parse = parse_length },
  { .name = "char", .parse = parse_length },       { .name = "character", .parse = parse_length },
};

/* type: simple | compound parameters */
static bool parse_named_type(struct type_parser *p, const struct type **ret_type)
{
  struct text word = peek_word(p);
  if (word.length == 0)
    return fail_expected(p, "a type");
  for (size_t i = 0; i < ARRAY_LENGTH(compounds); i++) {
    if (text_equal_nocase(word, text_from(compounds[i].name))) {
      p->at += word.length;
      return compounds[i].parse(p, ret_type);
    }
  }
  for (size_t i = 0; i < ARRAY_LENGTH(simple_names); i++) {
    bool is_storable = simple_names[i].id != TYPE_VARIANT;
    if (is_storable && text_equal_nocase(word, text_from(simple_names[i].spark))) {
      p->at += word.length;
      *ret_type = type_simple(simple_names[i].id);
      return true;
    }
  }
  return fail_unknown(p, word);
}

static bool parse_type(struct type_parser *p, const struct type **ret_type)
{
  if (p->depth == MAX_TYPE_DEPTH)
    return fail(p->err, ERROR_CONFIG, p->place, "type is nested deeper than %d levels", MAX_TYPE_DEPTH);
  p->depth++;
  TRY(parse_named_type(p, ret_type));
  p->depth--;
  return true;
}

static bool parse_end(struct type_parser *p)
{
  skip_blanks(p);
  return p->at == p->text.length || fail_expected(p, "the end");
}

bool type_parse(struct arena *arena, struct text text, struct place place, const struct type **ret_type,
                struct error *err)
{
  struct type_parser parser = { .arena = arena, .text = text, .place = place, .err = err };
  const struct type *type = NULL;
  TRY(parse_type(&parser, &type));
  TRY(parse_end(&parser));
  *ret_type = type;
  return true;
}

bool type_parse_schema(struct arena *arena, struct text text, struct place place, const struct type **ret_type,
                       struct error *err)
{
  struct error ignored;
  if (type_parse(arena, text, place, ret_type, &ignored))
    return true;
  struct type_parser parser = { .arena = arena, .text = text, .place = place, .err = err };
  const struct type *type = NULL;
  TRY(parse_fields(&parser, 0, &type));
  TRY(parse_end(&parser));
  *ret_type = type;
  return true;
}
