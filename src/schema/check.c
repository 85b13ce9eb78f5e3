/* Values against nodes. Columns of simple types take no allocation; of nested values, what must be compared whole does.
 */
#include "schema/canonical.h"
#include "schema/node.h"

#include "value/cast.h"

#include <math.h>
#include <stdlib.h>

/* What bounds one call, whatever schema and value do to one another: then the value counts as not judged. */
enum { MAX_DEPTH = 4000, MAX_STEPS = 20000000 };

struct check {
  bool is_raw; /* as read: what the column's type cannot hold violates `type` */
  bool is_stopped;
  unsigned depth;
  unsigned steps;
};

enum scalar_kind { SCALAR_NULL, SCALAR_BOOLEAN, SCALAR_NUMBER, SCALAR_STRING, SCALAR_MOMENT };

struct scalar {
  enum scalar_kind kind;
  unsigned types; /* the one that it is of */
  bool boolean;
  struct number number;
  struct text text;
  enum format format; /* of a moment: the one that it satisfies */
};

/* A value that several schemas judge: a scalar, or the JSON text of an object or array. */
struct subject {
  const struct scalar *scalar;
  struct text json;
};

static uint64_t check_scalar(struct check *check, const struct schema_node *node, const struct scalar *scalar);
static uint64_t check_token(struct check *check, const struct schema_node *node, struct json_reader *reader,
                            enum json_token token);

/* Enum and const. */

static bool has_text(const struct text *sorted, size_t count, struct text text)
{
  size_t low = 0, high = count;
  while (low < high) {
    size_t middle = (low + high) / 2;
    int order = text_compare(sorted[middle], text);
    if (order == 0)
      return true;
    if (order < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return false;
}

static bool has_scalar(const struct constants *constants, const struct scalar *scalar)
{
  switch (scalar->kind) {
  case SCALAR_NULL:
    return constants->has_null;
  case SCALAR_BOOLEAN:
    return scalar->boolean ? constants->has_true : constants->has_false;
  case SCALAR_STRING:
    return has_text(constants->strings, constants->n_strings, scalar->text);
  case SCALAR_NUMBER:
    for (size_t i = 0; i < constants->n_numbers; i++)
      if (number_compare(&scalar->number, &constants->numbers[i]) == 0)
        return true;
    return false;
  default: /* a moment's text is not known */
    return false;
  }
}

static bool has_nested(const struct constants *constants, struct text json)
{
  if (constants->n_nested == 0)
    return false;
  SCOPED(text_buffer_done) struct text_buffer canonical = { 0 };
  return canonical_add(json, CANONICAL_BY_VALUE, &canonical) &&
         has_text(constants->nested, constants->n_nested, text_buffer_text(&canonical));
}

static bool has_subject(const struct constants *constants, const struct subject *subject)
{
  return subject->scalar != NULL ? has_scalar(constants, subject->scalar) : has_nested(constants, subject->json);
}

static uint64_t check_constants(const struct schema_node *node, const struct subject *subject)
{
  uint64_t violated = 0;
  bool is_lenient_null = node->lists_null && subject->scalar != NULL && subject->scalar->kind == SCALAR_NULL;
  if (node->enumeration != NULL && !is_lenient_null && !has_subject(node->enumeration, subject))
    violated |= KEYWORD_BIT(KEYWORD_ENUM);
  if (node->constant != NULL && !has_subject(node->constant, subject))
    violated |= KEYWORD_BIT(KEYWORD_CONST);
  return violated;
}

/* Schemas applied to the same value. */

static bool enter(struct check *check)
{
  if (check->depth == MAX_DEPTH || check->steps == MAX_STEPS)
    check->is_stopped = true;
  check->depth++;
  check->steps++;
  return !check->is_stopped;
}

static uint64_t check_subject(struct check *check, const struct schema_node *node, const struct subject *subject)
{
  if (!enter(check)) {
    check->depth--;
    return KEYWORD_BIT(KEYWORD_TYPE);
  }
  uint64_t violated;
  if (subject->scalar != NULL) {
    violated = check_scalar(check, node, subject->scalar);
  } else {
    struct json_reader reader;
    json_start(&reader, subject->json, JSON_STRICT, false);
    violated = check_token(check, node, &reader, json_next(&reader));
  }
  check->depth--;
  return violated;
}

static size_t count_valid(struct check *check, const struct schema_node **nodes, size_t count, size_t enough,
                          const struct subject *subject)
{
  size_t n_valid = 0;
  for (size_t i = 0; i < count && n_valid < enough; i++)
    n_valid += check_subject(check, nodes[i], subject) == 0 ? 1 : 0;
  return n_valid;
}

static uint64_t check_applied(struct check *check, const struct schema_node *node, const struct subject *subject)
{
  uint64_t violated = 0;
  if (node->ref != NULL)
    violated |= check_subject(check, node->ref, subject);
  for (size_t i = 0; i < node->n_all_of; i++)
    violated |= check_subject(check, node->all_of[i], subject);
  if (node->n_any_of > 0 && count_valid(check, node->any_of, node->n_any_of, 1, subject) == 0)
    violated |= KEYWORD_BIT(KEYWORD_ANY_OF);
  if (node->n_one_of > 0 && count_valid(check, node->one_of, node->n_one_of, 2, subject) != 1)
    violated |= KEYWORD_BIT(KEYWORD_ONE_OF);
  if (node->not_of != NULL && check_subject(check, node->not_of, subject) == 0)
    violated |= KEYWORD_BIT(KEYWORD_NOT);
  if (node->if_of == NULL)
    return violated;
  const struct schema_node *branch = check_subject(check, node->if_of, subject) == 0 ? node->then_of : node->else_of;
  return branch == NULL ? violated : violated | check_subject(check, branch, subject);
}

/* Scalars. */

/* Characters are counted only where the number of bytes does not tell. */
static uint64_t check_length(const struct schema_node *node, struct text text)
{
  enum { BYTES_OF_CHARACTER = 4 };
  if (text.length <= node->max_length && text.length / BYTES_OF_CHARACTER >= node->min_length)
    return 0;
  size_t count = text_count_characters(text);
  return (count < node->min_length ? KEYWORD_BIT(KEYWORD_MIN_LENGTH) : 0) |
         (count > node->max_length ? KEYWORD_BIT(KEYWORD_MAX_LENGTH) : 0);
}

static uint64_t check_string(struct check *check, const struct schema_node *node, struct text text)
{
  uint64_t violated = check_length(node, text);
  if (node->format != FORMAT_NONE && !format_matches(node->format, text))
    violated |= KEYWORD_BIT(KEYWORD_FORMAT);
  if (node->pattern == NULL)
    return violated;
  enum regex_result result = regex_find(node->pattern, text);
  check->is_stopped |= result == REGEX_LIMIT;
  return result == REGEX_MATCH ? violated : violated | KEYWORD_BIT(KEYWORD_PATTERN);
}

static uint64_t check_number(const struct schema_node *node, const struct number *number)
{
  uint64_t violated = 0;
  if (node->minimum != NULL && number_compare(number, node->minimum) < 0)
    violated |= KEYWORD_BIT(KEYWORD_MINIMUM);
  if (node->maximum != NULL && number_compare(number, node->maximum) > 0)
    violated |= KEYWORD_BIT(KEYWORD_MAXIMUM);
  if (node->exclusive_minimum != NULL && number_compare(number, node->exclusive_minimum) <= 0)
    violated |= KEYWORD_BIT(KEYWORD_EXCLUSIVE_MINIMUM);
  if (node->exclusive_maximum != NULL && number_compare(number, node->exclusive_maximum) >= 0)
    violated |= KEYWORD_BIT(KEYWORD_EXCLUSIVE_MAXIMUM);
  if (node->multiple_of != NULL && !number_is_multiple(number, node->multiple_of))
    violated |= KEYWORD_BIT(KEYWORD_MULTIPLE_OF);
  return violated;
}

/* A date-time in UTC as most are written, which every reader takes: no leap second, no year 0. */
static bool is_plain_moment(const struct schema_node *node, struct text text)
{
  enum { T_AT = 10, SECONDS_AT = 17 };
  if (!format_matches(node->holds == HOLDS_DATE ? FORMAT_DATE : FORMAT_DATE_TIME, text) ||
      text_starts_with(text, TEXT("0000")))
    return false;
  return node->holds == HOLDS_DATE ||
         (text.data[T_AT] == 'T' && text.data[text.length - 1] == 'Z' && text.data[SECONDS_AT] != '6');
}

/* RFC 3339 allows "t" and "z", which Spark's cast does not read: the conversion of the column tries the text with both
 * in upper case next (plan/columns.c). */
static bool holds_instant(struct text text)
{
  enum { LONGEST = 64 };
  char upper[LONGEST];
  int64_t instant;
  const struct timezone *utc = timezone_find(TEXT("UTC"));
  if (text_to_timestamp(text, utc, &instant))
    return true;
  if (text.length > LONGEST || !format_matches(FORMAT_DATE_TIME, text))
    return false;
  for (size_t i = 0; i < text.length; i++)
    upper[i] = text.data[i] == 't' || text.data[i] == 'z' ? (char)(text.data[i] - 'a' + 'A') : text.data[i];
  return text_to_timestamp((struct text){ upper, text.length }, utc, &instant);
}

static bool can_hold(const struct schema_node *node, const struct scalar *scalar)
{
  int32_t days;
  switch (node->holds) {
  case HOLDS_BIGINT:
    return scalar->kind != SCALAR_NUMBER || number_fits_bigint(&scalar->number);
  case HOLDS_DOUBLE:
    return scalar->kind != SCALAR_NUMBER || number_fits_double(&scalar->number);
  case HOLDS_TIMESTAMP:
    return scalar->kind != SCALAR_STRING || is_plain_moment(node, scalar->text) || holds_instant(scalar->text);
  case HOLDS_DATE:
    return scalar->kind != SCALAR_STRING || is_plain_moment(node, scalar->text) || text_to_date(scalar->text, &days);
  default:
    return true;
  }
}

static uint64_t check_scalar(struct check *check, const struct schema_node *node, const struct scalar *scalar)
{
  uint64_t violated = node->refuses;
  if ((node->types & scalar->types) == 0 || (check->is_raw && node->holds != HOLDS_ANY && !can_hold(node, scalar)))
    violated |= KEYWORD_BIT(KEYWORD_TYPE);
  if (scalar->kind == SCALAR_STRING && node->has_string_keywords)
    violated |= check_string(check, node, scalar->text);
  else if (scalar->kind == SCALAR_NUMBER && node->has_number_keywords)
    violated |= check_number(node, &scalar->number);
  else if (scalar->kind == SCALAR_MOMENT && node->format != FORMAT_NONE && node->format != scalar->format)
    violated |= KEYWORD_BIT(KEYWORD_FORMAT);
  if (node->enumeration != NULL || node->constant != NULL)
    violated |= check_constants(node, &(struct subject){ .scalar = scalar });
  if (node->has_applied)
    violated |= check_applied(check, node, &(struct subject){ .scalar = scalar });
  return violated;
}

/* Objects and arrays. */

static const struct node_member *find_member(const struct schema_node *node, struct text name)
{
  size_t low = 0, high = node->n_members;
  while (low < high) {
    size_t middle = (low + high) / 2;
    int order = text_compare(node->members[middle].name, name);
    if (order == 0)
      return &node->members[middle];
    if (order < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return NULL;
}

/* The member that the reader's current name means. */
static const struct node_member *find_current(const struct schema_node *node, const struct json_reader *reader)
{
  if (!reader->has_escapes)
    return find_member(node, reader->raw);
  SCOPED(text_buffer_done) struct text_buffer name = { 0 };
  json_unescape(reader->raw, &name);
  return find_member(node, text_buffer_text(&name));
}

/* Skips a value that nothing is asked of; a broken one violates `type`. */
static uint64_t skip(struct json_reader *reader, enum json_token token)
{
  return json_skip(reader, token) ? 0 : KEYWORD_BIT(KEYWORD_TYPE);
}

static uint64_t check_object(struct check *check, const struct schema_node *node, struct json_reader *reader)
{
  uint64_t violated = 0, seen[MAX_REQUIRED / 64] = { 0 };
  size_t n_seen = 0;
  for (enum json_token token = json_next(reader); token != JSON_OBJECT_END; token = json_next(reader)) {
    if (token != JSON_NAME)
      return violated | KEYWORD_BIT(KEYWORD_TYPE);
    const struct node_member *member = find_current(node, reader);
    if (member != NULL && member->required != NOT_REQUIRED) {
      uint64_t bit = UINT64_C(1) << (member->required % 64);
      n_seen += (seen[member->required / 64] & bit) == 0 ? 1 : 0;
      seen[member->required / 64] |= bit;
    }
    const struct schema_node *inner = member != NULL && member->node != NULL ? member->node : node->additional;
    token = json_next(reader);
    violated |= inner == NULL ? skip(reader, token) : check_token(check, inner, reader, token);
  }
  return n_seen == node->n_required ? violated : violated | KEYWORD_BIT(KEYWORD_REQUIRED);
}

static uint64_t check_array(struct check *check, const struct schema_node *node, struct json_reader *reader)
{
  uint64_t violated = 0;
  size_t count = 0;
  for (enum json_token token = json_next(reader); token != JSON_ARRAY_END; token = json_next(reader), count++) {
    if (token == JSON_INVALID)
      return violated | KEYWORD_BIT(KEYWORD_TYPE);
    violated |= node->items == NULL ? skip(reader, token) : check_token(check, node->items, reader, token);
  }
  return violated | (count < node->min_items ? KEYWORD_BIT(KEYWORD_MIN_ITEMS) : 0) |
         (count > node->max_items ? KEYWORD_BIT(KEYWORD_MAX_ITEMS) : 0);
}

static int compare_items(const void *a, const void *b, void *context)
{
  const size_t *left = a, *right = b;
  const char *base = context;
  return strcmp(base + *left, base + *right);
}

/* Whether no two items of the array are equal: as canonical texts, which hold no NUL, sorted. */
static bool has_unique_items(struct text json)
{
  SCOPED(text_buffer_done) struct text_buffer texts = { 0 }, starts = { 0 };
  struct json_reader reader;
  json_start(&reader, json, JSON_STRICT, false);
  if (json_next(&reader) != JSON_ARRAY_START)
    return true;
  for (enum json_token token = json_next(&reader); token != JSON_ARRAY_END; token = json_next(&reader)) {
    size_t start = reader.start, offset = texts.length;
    if (!json_skip(&reader, token))
      return true; /* broken: found elsewhere */
    canonical_add((struct text){ json.data + start, reader.at - start }, CANONICAL_BY_VALUE, &texts);
    text_buffer_add_char(&texts, '\0');
    text_buffer_add(&starts, &offset, sizeof(offset));
  }
  size_t *offsets = (size_t *)(void *)starts.data;
  size_t count = starts.length / sizeof(*offsets);
  if (count < 2)
    return true;
  qsort_r(offsets, count, sizeof(*offsets), compare_items, texts.data);
  for (size_t i = 1; i < count; i++)
    if (strcmp(texts.data + offsets[i - 1], texts.data + offsets[i]) == 0)
      return false;
  return true;
}

/* An object or array whose first token was read; the reader stands behind it afterwards. */
static uint64_t check_nested(struct check *check, const struct schema_node *node, struct json_reader *reader,
                             bool is_object)
{
  uint64_t violated = node->refuses;
  size_t start = reader->start;
  if ((node->types & (is_object ? JSON_TYPE_OBJECT : JSON_TYPE_ARRAY)) == 0)
    violated |= KEYWORD_BIT(KEYWORD_TYPE);
  if (is_object && (node->n_members > 0 || node->additional != NULL))
    violated |= check_object(check, node, reader);
  else if (!is_object && node->has_array_keywords)
    violated |= check_array(check, node, reader);
  else
    violated |= skip(reader, is_object ? JSON_OBJECT_START : JSON_ARRAY_START);
  if (reader->error != NULL)
    return violated | KEYWORD_BIT(KEYWORD_TYPE);
  struct subject subject = { .json = { reader->input.data + start, reader->at - start } };
  if (!is_object && node->is_unique && !has_unique_items(subject.json))
    violated |= KEYWORD_BIT(KEYWORD_UNIQUE_ITEMS);
  if (node->enumeration != NULL || node->constant != NULL)
    violated |= check_constants(node, &subject);
  if (node->has_applied)
    violated |= check_applied(check, node, &subject);
  return violated;
}

static uint64_t check_string_token(struct check *check, const struct schema_node *node,
                                   const struct json_reader *reader)
{
  struct scalar scalar = { .kind = SCALAR_STRING, .types = JSON_TYPE_STRING, .text = reader->raw };
  if (!reader->has_escapes)
    return check_scalar(check, node, &scalar);
  SCOPED(text_buffer_done) struct text_buffer text = { 0 };
  json_unescape(reader->raw, &text);
  scalar.text = text_buffer_text(&text);
  return check_scalar(check, node, &scalar);
}

static void set_number_type(struct scalar *scalar)
{
  scalar->kind = SCALAR_NUMBER;
  scalar->types = number_is_integral(&scalar->number) ? JSON_TYPE_INTEGER : JSON_TYPE_FRACTION;
}

static uint64_t check_token(struct check *check, const struct schema_node *node, struct json_reader *reader,
                            enum json_token token)
{
  struct scalar scalar = { .kind = SCALAR_NULL, .types = JSON_TYPE_NULL };
  uint64_t violated = KEYWORD_BIT(KEYWORD_TYPE);
  switch (token) {
  case JSON_OBJECT_START:
  case JSON_ARRAY_START:
    if (enter(check))
      violated = check_nested(check, node, reader, token == JSON_OBJECT_START);
    else
      violated |= skip(reader, token);
    check->depth--;
    return violated;
  case JSON_STRING:
    return check_string_token(check, node, reader);
  case JSON_NUMBER:
    number_read(reader->raw, &scalar.number);
    set_number_type(&scalar);
    return check_scalar(check, node, &scalar);
  case JSON_TRUE:
  case JSON_FALSE:
    scalar = (struct scalar){ .kind = SCALAR_BOOLEAN, .types = JSON_TYPE_BOOLEAN, .boolean = token == JSON_TRUE };
    return check_scalar(check, node, &scalar);
  case JSON_NULL:
    return check_scalar(check, node, &scalar);
  default:
    return violated;
  }
}

static uint64_t check_json(struct check *check, const struct schema_node *node, struct text json)
{
  struct json_reader reader;
  json_start(&reader, json, JSON_STRICT, false);
  uint64_t violated = check_token(check, node, &reader, json_next(&reader));
  return json_next(&reader) == JSON_END ? violated : violated | KEYWORD_BIT(KEYWORD_TYPE);
}

/* Whether all that is asked of an object, or of an array, is its type. */
static bool asks_for_type_alone(const struct schema_node *node, bool is_object)
{
  bool looks_inside =
      is_object ? node->n_members > 0 || node->additional != NULL : node->has_array_keywords || node->is_unique;
  return !looks_inside && node->enumeration == NULL && node->constant == NULL && !node->has_applied;
}

/* JSON that a reader has parsed. */
static uint64_t check_well_formed(struct check *check, const struct schema_node *node, struct text json)
{
  bool is_object = json.length > 0 && json.data[0] == '{', is_array = json.length > 0 && json.data[0] == '[';
  if (!(is_object || is_array) || !asks_for_type_alone(node, is_object))
    return check_json(check, node, json);
  bool is_allowed = (node->types & (is_object ? JSON_TYPE_OBJECT : JSON_TYPE_ARRAY)) != 0;
  return node->refuses | (is_allowed ? 0 : KEYWORD_BIT(KEYWORD_TYPE));
}

/* Text of CSV. */

/* The text without what Spark, too, leaves out around a number: bytes up to the space. */
static struct text trim(struct text text)
{
  while (text.length > 0 && (unsigned char)text.data[0] <= ' ') {
    text.data++;
    text.length--;
  }
  while (text.length > 0 && (unsigned char)text.data[text.length - 1] <= ' ')
    text.length--;
  return text;
}

static bool is_nested(struct text text, unsigned types)
{
  struct text trimmed = text_trim(text);
  return trimmed.length > 0 && ((trimmed.data[0] == '{' && (types & JSON_TYPE_OBJECT) != 0) ||
                                (trimmed.data[0] == '[' && (types & JSON_TYPE_ARRAY) != 0));
}

/* Members that a kind has no use for stay as they are: to clear them takes longer than most checks. */
static void set_text(struct scalar *scalar, struct text text)
{
  scalar->kind = SCALAR_STRING;
  scalar->types = JSON_TYPE_STRING;
  scalar->text = text;
}

static void set_boolean(struct scalar *scalar, bool boolean)
{
  scalar->kind = SCALAR_BOOLEAN;
  scalar->types = JSON_TYPE_BOOLEAN;
  scalar->boolean = boolean;
}

/* As the first of these that the schema's type allows and the text is: a number, a boolean, JSON, text. */
static uint64_t check_csv(struct check *check, const struct schema_node *node, struct text text)
{
  bool boolean = false;
  struct scalar scalar;
  scalar.types = 0;
  if ((node->csv_types & JSON_TYPE_NUMBER) != 0 && number_read(trim(text), &scalar.number)) {
    set_number_type(&scalar);
    return check_scalar(check, node, &scalar);
  }
  if ((node->csv_types & JSON_TYPE_BOOLEAN) != 0 && text_to_boolean(text, &boolean)) {
    set_boolean(&scalar, boolean);
    return check_scalar(check, node, &scalar);
  }
  if (is_nested(text, node->csv_types))
    return check_json(check, node, text);
  set_text(&scalar, text);
  return check_scalar(check, node, &scalar);
}

/* The entrance. */

/* A double that is no number of JSON (NaN, infinity) is of no type. */
static void set_double(struct scalar *scalar, double real)
{
  scalar->number = (struct number){ .form = NUMBER_DOUBLE, .real = real };
  if (isfinite(real))
    set_number_type(scalar);
  else
    *scalar = (struct scalar){ .kind = SCALAR_MOMENT }; /* of no type */
}

static void set_unscaled(struct scalar *scalar, wide unscaled, int scale)
{
  scalar->number = (struct number){ .form = NUMBER_UNSCALED, .unscaled = unscaled, .scale = scale };
  set_number_type(scalar);
}

static void set_moment(struct scalar *scalar, enum format format)
{
  scalar->kind = SCALAR_MOMENT;
  scalar->types = JSON_TYPE_STRING;
  scalar->format = format;
}

static void set_scalar(struct scalar *scalar, const struct schema_value *value)
{
  switch (value->kind) {
  case SCHEMA_BOOLEAN:
    set_boolean(scalar, value->boolean);
    break;
  case SCHEMA_INTEGER:
    set_unscaled(scalar, value->integer, 0);
    break;
  case SCHEMA_DECIMAL:
    set_unscaled(scalar, value->unscaled, value->scale);
    break;
  case SCHEMA_DOUBLE:
    set_double(scalar, value->real);
    break;
  case SCHEMA_STRING:
    set_text(scalar, value->text);
    break;
  case SCHEMA_TIMESTAMP:
    set_moment(scalar, FORMAT_DATE_TIME);
    break;
  case SCHEMA_DATE:
    set_moment(scalar, FORMAT_DATE);
    break;
  default:
    *scalar = (struct scalar){ .kind = SCALAR_NULL, .types = JSON_TYPE_NULL };
  }
}

uint64_t schema_check(const struct schema_node *node, const struct schema_value *value, bool *ret_stopped)
{
  struct check check = { .is_raw = !value->is_typed };
  uint64_t violated;
  if (value->kind == SCHEMA_JSON) {
    violated = (value->is_well_formed ? check_well_formed : check_json)(&check, node, value->text);
  } else if (value->kind == SCHEMA_CSV_TEXT) {
    violated = check_csv(&check, node, value->text);
  } else {
    struct scalar scalar;
    scalar.types = 0;
    set_scalar(&scalar, value);
    violated = check_scalar(&check, node, &scalar);
  }
  if (check.is_stopped)
    *ret_stopped = true;
  return violated;
}

/* Keys that a struct does not know. */

static size_t count_unknown(const struct schema_node *node, struct json_reader *reader, enum json_token token);

static size_t count_in_object(const struct schema_node *node, struct json_reader *reader)
{
  size_t count = 0;
  for (enum json_token token = json_next(reader); token == JSON_NAME; token = json_next(reader)) {
    const struct node_member *member = find_current(node->shaped_by, reader);
    token = json_next(reader);
    if (member != NULL && member->node != NULL)
      count += count_unknown(member->node, reader, token);
    else if (json_skip(reader, token))
      count++;
  }
  return count;
}

static size_t count_in_array(const struct schema_node *node, struct json_reader *reader)
{
  size_t count = 0;
  for (enum json_token token = json_next(reader); token != JSON_ARRAY_END && token != JSON_INVALID;
       token = json_next(reader))
    count += count_unknown(node->shaped_by->items, reader, token);
  return count;
}

/* Recursion is bound by JSON_MAX_DEPTH. */
static size_t count_unknown(const struct schema_node *node, struct json_reader *reader, enum json_token token)
{
  if (token == JSON_OBJECT_START && node->shape == SHAPE_STRUCT)
    return count_in_object(node, reader);
  if (token == JSON_ARRAY_START && node->shape == SHAPE_ARRAY)
    return count_in_array(node, reader);
  json_skip(reader, token);
  return 0;
}

size_t schema_count_unknown_keys(const struct schema_node *node, struct text json)
{
  struct json_reader reader;
  json_start(&reader, json, JSON_STRICT, false);
  return count_unknown(node, &reader, json_next(&reader));
}
