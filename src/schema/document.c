#include "schema/document.h"

struct parser {
  struct arena *arena;
  const struct source *source;
  struct problem_list *problems;
  struct json_reader reader;
  bool has_repeated_name;
};

static struct place token_place(const struct parser *parser)
{
  const struct json_reader *reader = &parser->reader;
  return (struct place){ parser->source, reader->start, reader->at - reader->start };
}

/* Of a string: what it means, copied; of anything else: as written. */
static struct text token_text(struct parser *parser)
{
  if (!parser->reader.has_escapes)
    return parser->reader.raw;
  SCOPED(text_buffer_done) struct text_buffer text = { 0 };
  json_unescape(parser->reader.raw, &text);
  return (struct text){ arena_copy(parser->arena, text.data, text.length), text.length };
}

static bool report_invalid(struct parser *parser)
{
  problem_at(parser->problems, (struct place){ parser->source, parser->reader.at, 1 },
             "the schema is not valid JSON: expected %s", parser->reader.error);
  return false;
}

static bool parse_value(struct parser *parser, enum json_token token, struct document_value *ret_value);

static void check_repeated(struct parser *parser, const struct document_value *object,
                           const struct document_member *member)
{
  for (size_t i = 0; i < object->n_members; i++)
    if (text_equal(object->members[i].name, member->name)) {
      problem_at(parser->problems, member->place, "\"%.*s\" stands twice in one object", TEXT_ARGS(member->name));
      parser->has_repeated_name = true;
      return;
    }
}

static bool parse_members(struct parser *parser, struct document_value *object)
{
  enum { MAX_MEMBERS = 10000 }; /* names are found by going over them */
  size_t capacity = 0;
  for (;;) {
    enum json_token token = json_next(&parser->reader);
    if (token == JSON_OBJECT_END)
      return true;
    if (token == JSON_INVALID)
      return report_invalid(parser);
    struct document_member member = { .name = token_text(parser), .place = token_place(parser) };
    member.place.length = parser->reader.raw.length + 2; /* the quotes, not the colon */
    if (object->n_members == MAX_MEMBERS) {
      problem_at(parser->problems, member.place, "an object of more than 10,000 members");
      return false;
    }
    check_repeated(parser, object, &member);
    if (!parse_value(parser, json_next(&parser->reader), &member.value))
      return false;
    object->members =
        arena_grow(parser->arena, object->members, object->n_members, &capacity, sizeof(*object->members));
    object->members[object->n_members++] = member;
  }
}

static bool parse_items(struct parser *parser, struct document_value *array)
{
  size_t capacity = 0;
  for (;;) {
    enum json_token token = json_next(&parser->reader);
    if (token == JSON_ARRAY_END)
      return true;
    struct document_value item;
    if (!parse_value(parser, token, &item))
      return false;
    array->items = arena_grow(parser->arena, array->items, array->n_items, &capacity, sizeof(*array->items));
    array->items[array->n_items++] = item;
  }
}

/* Recursion is bound by JSON_MAX_DEPTH. */
static bool parse_value(struct parser *parser, enum json_token token, struct document_value *ret_value)
{
  if (token == JSON_INVALID)
    return report_invalid(parser);
  *ret_value = (struct document_value){ .kind = token, .place = token_place(parser) };
  if (token == JSON_OBJECT_START || token == JSON_ARRAY_START) {
    if (!(token == JSON_OBJECT_START ? parse_members(parser, ret_value) : parse_items(parser, ret_value)))
      return false;
    ret_value->text =
        (struct text){ parser->source->text.data + ret_value->place.start, parser->reader.at - ret_value->place.start };
    return true;
  }
  if (token != JSON_STRING)
    parser->reader.has_escapes = false;
  ret_value->text = token_text(parser);
  return true;
}

bool document_read(struct arena *arena, const struct source *source, struct problem_list *problems,
                   struct document_value *ret_root)
{
  struct parser parser = { .arena = arena, .source = source, .problems = problems };
  json_start(&parser.reader, source->text, JSON_STRICT, false);
  if (!parse_value(&parser, json_next(&parser.reader), ret_root))
    return false;
  if (json_next(&parser.reader) == JSON_INVALID)
    return report_invalid(&parser);
  return !parser.has_repeated_name;
}

struct document_value *document_find(const struct document_value *value, struct text name)
{
  for (size_t i = 0; i < value->n_members; i++)
    if (text_equal(value->members[i].name, name))
      return &value->members[i].value;
  return NULL;
}

/* The start of a long text, cut between characters. */
static struct text shown(struct text text)
{
  enum { SHOWN = 60 };
  if (text.length > SHOWN)
    for (text.length = SHOWN; ((unsigned char)text.data[text.length] & 0xC0) == 0x80;)
      text.length--;
  return text;
}

const char *document_describe(struct arena *arena, const struct document_value *value)
{
  switch (value->kind) {
  case JSON_OBJECT_START:
    return "an object";
  case JSON_ARRAY_START:
    return "an array";
  case JSON_STRING:
    return arena_printf(arena, "the string \"%.*s\"", TEXT_ARGS(shown(value->text)));
  default:
    return arena_printf(arena, "%.*s", TEXT_ARGS(shown(value->text)));
  }
}
