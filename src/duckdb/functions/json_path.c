/* get_json_object: a path of names, indexes and wildcards, walked as Spark's GetJsonObjectEvaluator does. */
#include "duckdb/functions/json.h"

enum step_kind {
  STEP_NAME,
  STEP_INDEX,
  STEP_ALL,   /* [*] */
  STEP_NEVER, /* .*, which Spark reads and never finds */
};

struct step {
  enum step_kind kind;
  struct text name;
  int64_t index;
};

enum { MAX_STEPS = 32 };

/* ".name", blanks before which count for nothing; the place is behind the point. */
static bool read_name(struct text path, size_t *at, struct step *ret_step)
{
  while (*at < path.length && (path.data[*at] == ' ' || (path.data[*at] >= '\t' && path.data[*at] <= '\r')))
    ++*at;
  size_t start = *at;
  while (*at < path.length && path.data[*at] != '.' && path.data[*at] != '[')
    ++*at;
  ret_step->name = (struct text){ path.data + start, *at - start };
  ret_step->kind = text_equal(ret_step->name, TEXT("*")) ? STEP_NEVER : STEP_NAME;
  return ret_step->name.length > 0;
}

/* "[0]", "[*]" or "['name']"; the place is behind the bracket. */
static bool read_bracket(struct text path, size_t *at, struct step *ret_step)
{
  bool is_quoted = *at < path.length && path.data[*at] == '\'';
  size_t start = *at + is_quoted;
  const char *from = path.data + start;
  const char *end = start < path.length ? memchr(from, is_quoted ? '\'' : ']', path.length - start) : NULL;
  if (end == NULL || end == from)
    return false;
  struct text inside = { from, (size_t)(end - from) };
  *at = start + inside.length + 1;
  bool is_star = text_equal(inside, TEXT("*"));
  *ret_step = (struct step){ .kind = is_star ? STEP_ALL : STEP_INDEX };
  if (is_quoted) {
    *ret_step = (struct step){ .kind = is_star ? STEP_NEVER : STEP_NAME, .name = inside };
    return *at < path.length && path.data[(*at)++] == ']';
  }
  for (size_t i = 0; i < inside.length && !is_star; i++)
    if (inside.data[i] < '0' || inside.data[i] > '9' || __builtin_mul_overflow(ret_step->index, 10, &ret_step->index) ||
        __builtin_add_overflow(ret_step->index, inside.data[i] - '0', &ret_step->index))
      return false;
  return true;
}

static bool read_path(struct text path, struct step *steps, size_t *ret_count)
{
  size_t count = 0;
  size_t at = 1;
  if (path.length == 0 || path.data[0] != '$')
    return false;
  while (at < path.length) {
    char mark = path.data[at++];
    if (count == MAX_STEPS || (mark != '.' && mark != '['))
      return false;
    if (!(mark == '.' ? read_name : read_bracket)(path, &at, &steps[count++]))
      return false;
  }
  *ret_count = count;
  return true;
}

enum style {
  RAW,     /* a string is written without its quotes */
  QUOTED,  /* within an array */
  FLATTEN, /* arrays within arrays are written as their elements */
};

struct walker {
  struct json_reader reader;
  struct text_buffer *out;
  bool is_broken;
  bool writes_characters; /* of a list that may turn out to be one value, which Spark collects as characters */
};

struct path {
  const struct step *steps;
  size_t count;
};

static bool walk(struct walker *walker, enum json_token token, enum style style, struct path path);

static void add_comma(struct walker *walker)
{
  if (walker->out->length > 0 && walker->out->data[walker->out->length - 1] != '[')
    text_buffer_add_char(walker->out, ',');
}

static bool break_off(struct walker *walker)
{
  walker->is_broken = true;
  return false;
}

static bool skip(struct walker *walker, enum json_token token)
{
  return json_skip(&walker->reader, token) ? false : break_off(walker);
}

static struct path rest_of(struct path path, size_t n_steps)
{
  return (struct path){ path.steps + n_steps, path.count - n_steps };
}

/* Walks every element; returns how many of them gave something. */
static size_t walk_elements(struct walker *walker, enum style style, struct path path)
{
  size_t n_found = 0;
  while (!walker->is_broken) {
    enum json_token token = json_next(&walker->reader);
    if (token == JSON_ARRAY_END)
      break;
    n_found += walk(walker, token, style, path);
  }
  return n_found;
}

static bool write_match(struct walker *walker, enum json_token token, enum style style, struct path path)
{
  if (token == JSON_STRING && style == RAW) {
    json_add_plain(&walker->reader, walker->out);
    return true;
  }
  if (token == JSON_ARRAY_START && style == FLATTEN)
    return walk_elements(walker, style, path) > 0;
  add_comma(walker);
  return json_copy(&walker->reader, token, !walker->writes_characters, walker->out) || break_off(walker);
}

/* The first of equal names that gives something counts. */
static bool walk_object(struct walker *walker, enum style style, struct path path)
{
  bool is_found = false;
  SCOPED(text_buffer_done) struct text_buffer name = { 0 };
  for (;;) {
    enum json_token token = json_next(&walker->reader);
    if (token == JSON_OBJECT_END)
      return is_found;
    if (token != JSON_NAME)
      return break_off(walker);
    text_buffer_clear(&name);
    json_add_plain(&walker->reader, &name);
    bool is_it = !is_found && text_equal(text_buffer_text(&name), path.steps[0].name);
    token = json_next(&walker->reader);
    if (is_it && token != JSON_NULL)
      is_found = walk(walker, token, style, rest_of(path, 1));
    else
      skip(walker, token);
    if (walker->is_broken)
      return false;
  }
}

/* [*][*] gives one list for both; [*] within a list a list; and elsewhere a list only where there are several. */
static bool walk_all(struct walker *walker, enum style style, struct path path)
{
  size_t start = walker->out->length;
  bool is_double = path.count >= 2 && path.steps[1].kind == STEP_ALL;
  add_comma(walker);
  size_t opened = walker->out->length;
  text_buffer_add_char(walker->out, '[');
  enum style inner = is_double || style == FLATTEN ? FLATTEN : QUOTED;
  bool was = walker->writes_characters;
  walker->writes_characters = was || !(is_double || style == QUOTED);
  size_t n_found = walk_elements(walker, inner, rest_of(path, is_double ? 2 : 1));
  walker->writes_characters = was;
  text_buffer_add_char(walker->out, ']');
  if (is_double || style == QUOTED)
    return n_found > 0;
  if (n_found == 1) {
    memmove(walker->out->data + opened, walker->out->data + opened + 1, walker->out->length - opened - 2);
    walker->out->length -= 2;
  } else if (n_found == 0) {
    walker->out->length = start;
  }
  return n_found > 0;
}

static bool walk_index(struct walker *walker, enum style style, struct path path)
{
  bool is_found = false;
  bool is_list = path.count >= 2 && path.steps[1].kind == STEP_ALL;
  for (int64_t index = 0; !walker->is_broken; index++) {
    enum json_token token = json_next(&walker->reader);
    if (token == JSON_ARRAY_END)
      return is_found;
    if (index == path.steps[0].index)
      is_found = walk(walker, token, is_list ? QUOTED : style, rest_of(path, 1));
    else
      skip(walker, token);
  }
  return false;
}

static bool walk(struct walker *walker, enum json_token token, enum style style, struct path path)
{
  if (token == JSON_INVALID || token == JSON_END)
    return break_off(walker);
  if (path.count == 0)
    return write_match(walker, token, style, path);
  enum step_kind kind = path.steps[0].kind;
  if (token == JSON_OBJECT_START && kind == STEP_NAME)
    return walk_object(walker, style, path);
  if (token == JSON_ARRAY_START && kind == STEP_ALL)
    return walk_all(walker, style, path);
  if (token == JSON_ARRAY_START && kind == STEP_INDEX)
    return walk_index(walker, style, path);
  return skip(walker, token);
}

bool json_get_object(struct udf_call *call, size_t row)
{
  struct step steps[MAX_STEPS];
  struct path path = { .steps = steps };
  struct walker walker = { .out = &call->buffer };
  text_buffer_clear(&call->buffer);
  if (!read_path(arg_text(call, 1, row), steps, &path.count))
    return false;
  json_start(&walker.reader, arg_text(call, 0, row), SPARK_JSON, false);
  bool is_found = walk(&walker, json_next(&walker.reader), RAW, path);
  return is_found && !walker.is_broken && return_buffer(call, row);
}
