#include "config/node.h"

#include "config/variables.h"

#include <stdlib.h>
#include <yaml.h>

enum { MAX_DEPTH = 100, MAX_MERGED = 10000, MAX_ITEMS = 10000 };

struct anchor {
  const char *name;
  struct node *node; /* NULL while it is being read: it must not hold itself */
};

struct tree_parser {
  struct arena *arena;
  const struct source *source;
  struct problem_list *problems;
  yaml_parser_t yaml;
  size_t text_start; /* past a byte order mark */
  bool is_ascii;     /* then libyaml's positions, in characters, are bytes */
  size_t known_character, known_byte;
  struct anchor *anchors;
  size_t n_anchors, anchor_capacity;
  size_t n_merged;
  bool has_failed;
};

/* Places: libyaml counts characters, places are bytes. Positions mostly grow, so the last one is where counting starts.
 */

static size_t byte_of(struct tree_parser *parser, size_t character)
{
  struct text text = parser->source->text;
  if (parser->is_ascii)
    return parser->text_start + character;
  if (character < parser->known_character) {
    parser->known_character = 0;
    parser->known_byte = parser->text_start;
  }
  while (parser->known_character < character && parser->known_byte < text.length) {
    parser->known_byte++;
    while (parser->known_byte < text.length && ((unsigned char)text.data[parser->known_byte] & 0xC0) == 0x80)
      parser->known_byte++;
    parser->known_character++;
  }
  return parser->known_byte;
}

static struct place place_of(struct tree_parser *parser, yaml_mark_t start, yaml_mark_t end)
{
  size_t first = byte_of(parser, start.index);
  size_t last = byte_of(parser, end.index);
  return (struct place){ .source = parser->source, .start = first, .length = last > first ? last - first : 1 };
}

static struct problem *problem_of(struct tree_parser *parser, struct place place, const char *message)
{
  parser->has_failed = true;
  return problem_at(parser->problems, place, "%s", message);
}

/* libyaml's words for what people do most, in ours. */
static void report_syntax(struct tree_parser *parser)
{
  const yaml_parser_t *yaml = &parser->yaml;
  struct text text = parser->source->text;
  yaml_mark_t mark = yaml->problem_mark;
  struct place place = place_of(parser, mark, mark);
  const char *message = yaml->problem == NULL ? "it is not YAML" : yaml->problem;
  if (yaml->error == YAML_READER_ERROR) {
    place = (struct place){ .source = parser->source, .start = parser->text_start + yaml->problem_offset, .length = 1 };
    problem_of(parser, place, "bytes that are not UTF-8 text");
    return;
  }
  if (place.start < text.length && text.data[place.start] == '\t') {
    struct problem *problem = problem_of(parser, place, "a tab, where YAML takes spaces only");
    add_hint(&problem->error, "Indent with spaces.");
    return;
  }
  struct problem *problem = problem_at(parser->problems, place, "this is not YAML: %s", message);
  parser->has_failed = true;
  if (yaml->context != NULL)
    add_hint(&problem->error, "It was read %s that began at line %zu; look at quotes and indentation from there on.",
             yaml->context, yaml->context_mark.line + 1);
}

static bool next_event(struct tree_parser *parser, yaml_event_t *ret_event)
{
  if (yaml_parser_parse(&parser->yaml, ret_event))
    return true;
  report_syntax(parser);
  return false;
}

/* Variables */

static bool is_name_character(char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* Adds the value of "${NAME}" or "${NAME:-default}" at `at`; returns what is behind it, NULL where it is none. */
static const char *add_variable(struct tree_parser *parser, const struct node *node, const char *at,
                                struct text_buffer *out)
{
  const char *name = at + 2;
  size_t length = 0;
  while (is_name_character(name[length]))
    length++;
  const char *rest = name + length;
  const char *close = strchr(rest, '}');
  if (length == 0 || close == NULL || (rest != close && strncmp(rest, ":-", 2) != 0))
    return NULL;
  const char *value = variable_find(arena_copy(parser->arena, name, length));
  if (value != NULL && (value[0] != '\0' || rest == close)) {
    text_buffer_add_string(out, value);
  } else if (rest != close) {
    text_buffer_add(out, rest + 2, (size_t)(close - rest) - 2);
  } else {
    struct problem *problem =
        problem_at(parser->problems, node->place, "environment variable \"%.*s\" is not set", (int)length, name);
    add_hint(&problem->error, "Set it, say --var %.*s=VALUE, or give a default: ${%.*s:-value}.", (int)length, name,
             (int)length, name);
    parser->has_failed = true;
  }
  return close + 1;
}

static void replace_variables(struct tree_parser *parser, struct node *node)
{
  if (strstr(node->value, "${") == NULL)
    return;
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  for (const char *p = node->value; *p != '\0';) {
    const char *next = NULL;
    if (strncmp(p, "$${", 3) == 0) {
      text_buffer_add_string(&out, "${");
      p += 3;
    } else if (strncmp(p, "${", 2) == 0 && (next = add_variable(parser, node, p, &out)) != NULL) {
      p = next;
    } else {
      text_buffer_add_char(&out, *p++);
    }
  }
  struct text replaced = text_buffer_text(&out);
  node->value = arena_copy(parser->arena, replaced.data, replaced.length);
  node->length = replaced.length;
  node->is_verbatim = false;
}

/* Nodes */

static struct node *new_node(struct tree_parser *parser, enum node_kind kind, const yaml_event_t *event)
{
  struct node *node = arena_alloc(parser->arena, sizeof(*node));
  node->kind = kind;
  node->place = place_of(parser, event->start_mark, event->end_mark);
  return node;
}

static struct node *read_scalar(struct tree_parser *parser, const yaml_event_t *event)
{
  struct node *node = new_node(parser, NODE_SCALAR, event);
  const char *value = (const char *)event->data.scalar.value;
  struct text text = parser->source->text;
  node->length = event->data.scalar.length;
  node->value = arena_copy(parser->arena, value, node->length);
  yaml_scalar_style_t style = event->data.scalar.style;
  node->is_plain = style == YAML_PLAIN_SCALAR_STYLE;
  bool is_quoted = style == YAML_SINGLE_QUOTED_SCALAR_STYLE || style == YAML_DOUBLE_QUOTED_SCALAR_STYLE;
  if (is_quoted && node->place.length >= 2) {
    node->place.start++;
    node->place.length -= 2;
  }
  node->is_verbatim = node->place.length == node->length && node->place.start + node->length <= text.length &&
                      memcmp(text.data + node->place.start, value, node->length) == 0;
  if (memchr(value, '\0', node->length) != NULL)
    problem_of(parser, node->place, "a NUL character, which no value may hold");
  if (node->place.length == 0)
    node->place.length = 1;
  replace_variables(parser, node);
  return node;
}

static void set_anchor(struct tree_parser *parser, const yaml_char_t *name, struct node *node)
{
  if (name == NULL)
    return;
  for (size_t i = parser->n_anchors; i-- > 0;)
    if (strcmp(parser->anchors[i].name, (const char *)name) == 0 && parser->anchors[i].node == NULL) {
      parser->anchors[i].node = node;
      return;
    }
  parser->anchors =
      arena_grow(parser->arena, parser->anchors, parser->n_anchors, &parser->anchor_capacity, sizeof(struct anchor));
  const char *copy = arena_copy(parser->arena, (const char *)name, strlen((const char *)name));
  parser->anchors[parser->n_anchors++] = (struct anchor){ .name = copy, .node = node };
}

static struct node *read_alias(struct tree_parser *parser, const yaml_event_t *event)
{
  const char *name = (const char *)event->data.alias.anchor;
  struct place place = place_of(parser, event->start_mark, event->end_mark);
  for (size_t i = parser->n_anchors; i-- > 0;)
    if (strcmp(parser->anchors[i].name, name) == 0) {
      if (parser->anchors[i].node != NULL)
        return parser->anchors[i].node;
      problem_of(parser, place, "an alias to the node that holds it");
      return NULL;
    }
  struct problem *problem = problem_of(parser, place, "an alias to nothing");
  add_hint(&problem->error, "No anchor &%s stands before it.", name);
  return NULL;
}

static struct node *read_node(struct tree_parser *parser, const yaml_event_t *event, size_t depth);

static void add_item(struct tree_parser *parser, struct node *sequence, struct node *item)
{
  sequence->items =
      arena_grow(parser->arena, sequence->items, sequence->n_items, &sequence->item_capacity, sizeof(struct node *));
  sequence->items[sequence->n_items++] = item;
}

static void add_entry(struct arena *arena, struct node *mapping, const struct node *key, struct node *value)
{
  mapping->entries =
      arena_grow(arena, mapping->entries, mapping->n_entries, &mapping->entry_capacity, sizeof(struct node_entry));
  mapping->entries[mapping->n_entries++] = (struct node_entry){ .key = key, .value = value };
}

static bool read_sequence(struct tree_parser *parser, struct node *sequence, size_t depth)
{
  for (;;) {
    yaml_event_t event;
    if (!next_event(parser, &event))
      return false;
    bool is_end = event.type == YAML_SEQUENCE_END_EVENT;
    struct node *item = is_end ? NULL : read_node(parser, &event, depth + 1);
    yaml_event_delete(&event);
    if (is_end)
      return true;
    if (item == NULL)
      return false;
    if (sequence->n_items == MAX_ITEMS) {
      problem_of(parser, item->place, "a list of more than 10,000 items");
      return false;
    }
    add_item(parser, sequence, item);
  }
}

/* Entries of a merged mapping come behind the mapping's own, which win. */
static void merge(struct tree_parser *parser, struct node *mapping, const struct node *merged)
{
  if (merged->kind == NODE_SEQUENCE) {
    for (size_t i = 0; i < merged->n_items; i++)
      if (merged->items[i]->kind == NODE_MAPPING)
        merge(parser, mapping, merged->items[i]);
      else
        problem_of(parser, merged->items[i]->place, "a merge of what is no mapping");
    return;
  }
  if (merged->kind != NODE_MAPPING) {
    problem_of(parser, merged->place, "a merge of what is no mapping");
    return;
  }
  for (size_t i = 0; i < merged->n_entries; i++) {
    if (node_find(mapping, merged->entries[i].key->value) != NULL)
      continue;
    if (++parser->n_merged > MAX_MERGED) {
      if (parser->n_merged == MAX_MERGED + 1)
        problem_of(parser, merged->place, "too many merged keys");
      return;
    }
    add_entry(parser->arena, mapping, merged->entries[i].key, merged->entries[i].value);
  }
}

static void report_duplicate(struct tree_parser *parser, const struct node *mapping, const struct node *key)
{
  for (size_t i = 0; i < mapping->n_entries; i++) {
    if (strcmp(mapping->entries[i].key->value, key->value) != 0)
      continue;
    size_t line, column;
    place_position(mapping->entries[i].key->place, &line, &column);
    struct problem *problem = problem_at(parser->problems, key->place, "key \"%s\" is there twice", key->value);
    add_hint(&problem->error, "It stands at line %zu already.", line);
    parser->has_failed = true;
    return;
  }
}

static bool read_mapping(struct tree_parser *parser, struct node *mapping, size_t depth)
{
  struct node *merged[8];
  size_t n_merged = 0;
  for (;;) {
    yaml_event_t event;
    if (!next_event(parser, &event))
      return false;
    bool is_end = event.type == YAML_MAPPING_END_EVENT;
    struct node *key = is_end ? NULL : read_node(parser, &event, depth + 1);
    yaml_event_delete(&event);
    if (is_end)
      break;
    if (key == NULL || !next_event(parser, &event))
      return false;
    struct node *value = read_node(parser, &event, depth + 1);
    yaml_event_delete(&event);
    if (value == NULL)
      return false;
    if (key->kind != NODE_SCALAR) {
      problem_of(parser, key->place, "a key that is no text");
      continue;
    }
    if (key->is_plain && strcmp(key->value, "<<") == 0 && n_merged < ARRAY_LENGTH(merged)) {
      merged[n_merged++] = value;
      continue;
    }
    if (mapping->n_entries == MAX_ITEMS) {
      problem_of(parser, key->place, "a mapping of more than 10,000 keys");
      return false;
    }
    report_duplicate(parser, mapping, key);
    add_entry(parser->arena, mapping, key, value);
  }
  for (size_t i = 0; i < n_merged; i++)
    merge(parser, mapping, merged[i]);
  return true;
}

static struct node *read_node(struct tree_parser *parser, const yaml_event_t *event, size_t depth)
{
  struct node *node = NULL;
  bool is_read = true;
  if (depth > MAX_DEPTH) {
    problem_of(parser, place_of(parser, event->start_mark, event->end_mark), "nested too deeply");
    return NULL;
  }
  switch (event->type) {
  case YAML_ALIAS_EVENT:
    return read_alias(parser, event);
  case YAML_SCALAR_EVENT:
    node = read_scalar(parser, event);
    set_anchor(parser, event->data.scalar.anchor, node);
    return node;
  case YAML_SEQUENCE_START_EVENT:
    node = new_node(parser, NODE_SEQUENCE, event);
    set_anchor(parser, event->data.sequence_start.anchor, NULL);
    is_read = read_sequence(parser, node, depth);
    set_anchor(parser, event->data.sequence_start.anchor, node);
    return is_read ? node : NULL;
  case YAML_MAPPING_START_EVENT:
    node = new_node(parser, NODE_MAPPING, event);
    set_anchor(parser, event->data.mapping_start.anchor, NULL);
    is_read = read_mapping(parser, node, depth);
    set_anchor(parser, event->data.mapping_start.anchor, node);
    return is_read ? node : NULL;
  default:
    problem_of(parser, place_of(parser, event->start_mark, event->end_mark), "this is not a value");
    return NULL;
  }
}

static struct node *read_document(struct tree_parser *parser)
{
  struct node *root = NULL;
  bool is_done = false;
  while (!is_done) {
    yaml_event_t event;
    if (!next_event(parser, &event))
      return NULL;
    if (event.type == YAML_STREAM_END_EVENT) {
      is_done = true;
    } else if (event.type == YAML_DOCUMENT_START_EVENT && root != NULL) {
      problem_of(parser, place_of(parser, event.start_mark, event.end_mark), "a second document in one file");
      is_done = true;
    } else if (event.type != YAML_STREAM_START_EVENT && event.type != YAML_DOCUMENT_START_EVENT &&
               event.type != YAML_DOCUMENT_END_EVENT) {
      root = read_node(parser, &event, 0);
      is_done = root == NULL;
    }
    yaml_event_delete(&event);
  }
  return root;
}

struct node *node_parse(struct arena *arena, const struct source *source, struct problem_list *problems)
{
  struct tree_parser parser = { .arena = arena, .source = source, .problems = problems, .is_ascii = true };
  struct text text = source->text;
  if (text_starts_with(text, TEXT("\xEF\xBB\xBF")))
    parser.text_start = 3;
  for (size_t i = parser.text_start; i < text.length && parser.is_ascii; i++)
    parser.is_ascii = (unsigned char)text.data[i] < 0x80;
  parser.known_byte = parser.text_start;
  if (!yaml_parser_initialize(&parser.yaml))
    BUG("libyaml could not be started");
  yaml_parser_set_encoding(&parser.yaml, YAML_UTF8_ENCODING);
  yaml_parser_set_input_string(&parser.yaml, (const unsigned char *)text.data + parser.text_start,
                               text.length - parser.text_start);
  struct node *root = read_document(&parser);
  yaml_parser_delete(&parser.yaml);
  if (root == NULL && !parser.has_failed) {
    root = arena_alloc(arena, sizeof(*root));
    *root = (struct node){ .kind = NODE_MAPPING, .place = { .source = source, .length = 1 } };
  }
  return root;
}

struct node *node_find(const struct node *mapping, const char *key)
{
  if (mapping == NULL || mapping->kind != NODE_MAPPING)
    return NULL;
  for (size_t i = 0; i < mapping->n_entries; i++)
    if (strcmp(mapping->entries[i].key->value, key) == 0)
      return mapping->entries[i].value;
  return NULL;
}

bool node_is_null(const struct node *node)
{
  return node->kind == NODE_SCALAR && node->is_plain &&
         (node->length == 0 || strcmp(node->value, "~") == 0 || strcmp(node->value, "null") == 0);
}

const char *node_kind_name(const struct node *node)
{
  switch (node->kind) {
  case NODE_MAPPING:
    return "a mapping";
  case NODE_SEQUENCE:
    return "a list";
  default:
    return node_is_null(node) ? "nothing" : "a text";
  }
}

/* Overrides */

static struct node *descend(struct arena *arena, struct node *node, struct text step, struct place place)
{
  if (node->kind == NODE_SEQUENCE) {
    char *end = NULL;
    const char *number = text_copy(arena, step);
    unsigned long index = strtoul(number, &end, 10);
    return *number != '\0' && *end == '\0' && index < node->n_items ? node->items[index] : NULL;
  }
  if (node->kind != NODE_MAPPING)
    return NULL;
  const char *name = text_copy(arena, step);
  struct node *found = node_find(node, name);
  if (found != NULL)
    return found;
  struct node *key = arena_alloc(arena, sizeof(*key));
  *key = (struct node){ .kind = NODE_SCALAR, .place = place, .value = name, .length = step.length };
  struct node *value = arena_alloc(arena, sizeof(*value));
  *value = (struct node){ .kind = NODE_MAPPING, .place = place };
  add_entry(arena, node, key, value);
  return value;
}

void node_override(struct arena *arena, struct node *root, const char *assignment, struct problem_list *problems)
{
  struct source *source = arena_alloc(arena, sizeof(*source));
  const char *equals = strchr(assignment, '=');
  /* Of the assignment only the key is shown: the value may be a secret, and its key misspelt. */
  size_t key_length = strcspn(assignment, "=: \t");
  *source = (struct source){ .name = "--set", .text = { assignment, key_length }, .may_hold_secrets = true };
  struct place place = { .source = source, .length = source->text.length };
  if (equals == NULL || equals == assignment) {
    struct problem *problem =
        problem_at(problems, place, "--set \"%.*s\" is not KEY.PATH=VALUE", (int)key_length, assignment);
    add_hint(&problem->error, "Such as --set output.silver.mode=append.");
    return;
  }
  struct source *value_source = arena_alloc(arena, sizeof(*value_source));
  *value_source = (struct source){ .name = "--set", .text = text_from(equals + 1), .may_hold_secrets = true };
  struct node *value = node_parse(arena, value_source, problems);
  struct node *node = root;
  for (const char *step = assignment; value != NULL && step < equals;) {
    size_t length = strcspn(step, ".=");
    node = descend(arena, node, (struct text){ step, length }, place);
    if (node == NULL) {
      problem_at(problems, place, "--set: there is no \"%.*s\" to set", (int)(step + length - assignment), assignment);
      return;
    }
    step += length + 1;
  }
  if (value == NULL)
    return;
  if (value->kind == NODE_MAPPING && value->n_entries == 0 && equals[1] == '\0') /* KEY= sets the empty text */
    *value = (struct node){ .kind = NODE_SCALAR, .place = place, .value = "" };
  *node = *value;
}
