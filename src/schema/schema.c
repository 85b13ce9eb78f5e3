/* A schema file from text to columns. */
#include "schema/canonical.h"
#include "schema/node.h"

/* The table of keywords. */

const struct schema_keyword schema_keywords[] = {
  [KEYWORD_TYPE] = { "type",
                     "The type of JSON, or a list of them: string, number, integer, boolean, object, array, null." },
  [KEYWORD_REQUIRED] = { "required", "Names that an object must have; at the top, columns that a row must have." },
  [KEYWORD_PROPERTIES] = { "properties", "The schema of each named member; at the top, of each column." },
  [KEYWORD_ADDITIONAL_PROPERTIES] = { "additionalProperties", "Whether members that `properties` does not name may be "
                                                              "there, or their schema." },
  [KEYWORD_ITEMS] = { "items", "The schema of every item of an array." },
  [KEYWORD_PATTERN] = { "pattern", "A regular expression (ECMA-262) that is found somewhere in the string." },
  [KEYWORD_FORMAT] = { "format", "date-time, date, time, uuid, email, ipv4 or uri." },
  [KEYWORD_MINIMUM] = { "minimum", "The least number." },
  [KEYWORD_MAXIMUM] = { "maximum", "The greatest number." },
  [KEYWORD_EXCLUSIVE_MINIMUM] = { "exclusiveMinimum", "A number that every value is above." },
  [KEYWORD_EXCLUSIVE_MAXIMUM] = { "exclusiveMaximum", "A number that every value is below." },
  [KEYWORD_MULTIPLE_OF] = { "multipleOf", "A number that divides every value, exactly." },
  [KEYWORD_MIN_LENGTH] = { "minLength", "The least number of characters." },
  [KEYWORD_MAX_LENGTH] = { "maxLength", "The greatest number of characters." },
  [KEYWORD_ENUM] = { "enum", "The values that are allowed; null too where `type` lists it." },
  [KEYWORD_CONST] = { "const", "The one value that is allowed." },
  [KEYWORD_MIN_ITEMS] = { "minItems", "The least number of items." },
  [KEYWORD_MAX_ITEMS] = { "maxItems", "The greatest number of items." },
  [KEYWORD_UNIQUE_ITEMS] = { "uniqueItems", "Whether no two items may be equal." },
  [KEYWORD_REF] = { "$ref", "Another schema of the same file that holds here, too: \"#/$defs/name\"." },
  [KEYWORD_ALL_OF] = { "allOf", "Schemas of which all hold." },
  [KEYWORD_ANY_OF] = { "anyOf", "Schemas of which at least one holds." },
  [KEYWORD_ONE_OF] = { "oneOf", "Schemas of which exactly one holds." },
  [KEYWORD_NOT] = { "not", "A schema that does not hold." },
  [KEYWORD_IF] = { "if", "Where this schema holds, `then` must; where it does not, `else`." },
};
const size_t n_schema_keywords = ARRAY_LENGTH(schema_keywords);
_Static_assert(ARRAY_LENGTH(schema_keywords) == N_KEYWORDS, "one row a keyword");

/* Properties. */

static bool is_required(const struct schema_node *root, struct text name)
{
  for (size_t i = 0; i < root->n_members; i++)
    if (text_equal(root->members[i].name, name))
      return root->members[i].required != NOT_REQUIRED;
  return false;
}

/* Columns are told apart without case. */
static void refuse_same_column(struct schema_compiler *compiler, const struct schema *schema,
                               const struct schema_property *property)
{
  for (size_t i = 0; i < schema->n_properties; i++) {
    const char *other = schema->properties[i].name;
    if (strcmp(other, property->name) != 0 && text_equal_nocase(text_from(other), text_from(property->name)))
      problem_at(compiler->problems, property->place, "columns \"%s\" and \"%s\" differ by case only", other,
                 property->name);
  }
}

static const char *description_of(struct schema_compiler *compiler, const struct document_value *value)
{
  const struct document_value *description = document_find(value, TEXT("description"));
  if (description == NULL || description->kind != JSON_STRING)
    return NULL;
  return text_copy(compiler->arena, description->text);
}

static void add_property(struct schema_compiler *compiler, struct schema *schema, struct document_member *member)
{
  struct schema_property *property = &schema->properties[schema->n_properties];
  property->name = text_copy(compiler->arena, member->name);
  property->place = member->place;
  property->description = description_of(compiler, &member->value);
  property->is_required = is_required(compiler->root->node, member->name);
  refuse_same_column(compiler, schema, property);
  if (member->name.length > 0 && memchr(member->name.data, '\0', member->name.length) != NULL)
    problem_at(compiler->problems, member->place, "the name of a column cannot hold a NUL");
  property_describe(compiler, property, node_compile(compiler, &member->value, KEYWORD_PROPERTIES));
  schema->n_properties++;
}

/* A column that `required` alone names may hold anything. */
static void add_required(struct schema_compiler *compiler, struct schema *schema, const struct document_value *name)
{
  if (name->kind != JSON_STRING || schema_find(schema, text_copy(compiler->arena, name->text)) != NULL)
    return;
  if (!schema->allows_additional) {
    const char **names = arena_array(compiler->arena, schema->n_properties + 1, sizeof(char *));
    for (size_t i = 0; i < schema->n_properties; i++)
      names[i] = schema->properties[i].name;
    struct problem *problem =
        problem_at(compiler->problems, name->place, "column \"%.*s\" is required, but not among the properties",
                   TEXT_ARGS(name->text));
    const char *nearest = text_nearest(name->text, names, schema->n_properties);
    if (nearest != NULL)
      add_hint(&problem->error, "The nearest property is \"%s\".", nearest);
    return;
  }
  struct document_member *member = arena_alloc(compiler->arena, sizeof(*member));
  *member = (struct document_member){ .name = name->text, .place = name->place };
  member->value = (struct document_value){ .kind = JSON_TRUE, .place = name->place };
  add_property(compiler, schema, member);
}

static void add_properties(struct schema_compiler *compiler, struct schema *schema)
{
  struct document_value *properties = document_find(compiler->root, TEXT("properties"));
  struct document_value *required = document_find(compiler->root, TEXT("required"));
  size_t n_properties = properties == NULL ? 0 : properties->n_members;
  size_t n_required = required == NULL ? 0 : required->n_items;
  schema->properties = arena_array(compiler->arena, n_properties + n_required + 1, sizeof(*schema->properties));
  for (size_t i = 0; i < n_properties; i++)
    add_property(compiler, schema, &properties->members[i]);
  for (size_t i = 0; i < n_required; i++)
    add_required(compiler, schema, &required->items[i]);
}

/* The top. */

static void check_top(struct schema_compiler *compiler, struct schema *schema)
{
  const struct schema_node *root = compiler->root->node;
  const struct document_value *type = document_find(compiler->root, TEXT("type"));
  if (type != NULL && (root->types & JSON_TYPE_OBJECT) == 0)
    problem_at(compiler->problems, type->place, "the type at the top of a schema must be \"object\", as rows are");
  schema->allows_additional = root->additional == NULL || root->additional->refuses == 0;
  if (root->additional != NULL && root->additional->document->n_members > 0)
    problem_at(compiler->problems, root->additional->document->place,
               "\"additionalProperties\" at the top of a schema must be true or false");
}

static bool compile(struct schema_compiler *compiler, struct schema *schema)
{
  struct document_value *root = arena_alloc(compiler->arena, sizeof(*root));
  compiler->root = root;
  if (!document_read(compiler->arena, &schema->source, compiler->problems, root))
    return false;
  if (root->kind != JSON_OBJECT_START) {
    problem_at(compiler->problems, root->place, "a schema must be an object, found %s",
               document_describe(compiler->arena, root));
    return false;
  }
  size_t n_before = problem_count_errors(compiler->problems);
  node_compile(compiler, root, KEYWORD_PROPERTIES);
  node_refuse_loops(compiler);
  check_top(compiler, schema);
  if (problem_count_errors(compiler->problems) > n_before)
    return false;
  add_properties(compiler, schema);
  return problem_count_errors(compiler->problems) == n_before;
}

static bool check_utf8(const struct source *source, struct problem_list *problems)
{
  if (text_is_utf8(source->text))
    return true;
  size_t good = 0; /* characters are at most four bytes long */
  for (size_t length = 1; length <= 4 && good + length <= source->text.length; length++)
    if (text_is_utf8((struct text){ source->text.data + good, length })) {
      good += length;
      length = 0;
    }
  problem_at(problems, (struct place){ source, good, 1 }, "the schema is not valid UTF-8");
  return false;
}

bool schema_compile(struct arena *arena, const char *name, struct text text, struct problem_list *problems,
                    struct schema **ret_schema)
{
  struct schema *schema = arena_alloc(arena, sizeof(*schema));
  struct text mark = TEXT("\xEF\xBB\xBF");
  size_t start = text_starts_with(text, mark) ? mark.length : 0;
  schema->source.name = arena_printf(arena, "%s", name);
  schema->source.text.length = text.length - start;
  schema->source.text.data = arena_copy(arena, text.data + start, text.length - start);
  struct schema_compiler compiler = { .arena = arena, .source = &schema->source, .problems = problems };
  if (!check_utf8(&schema->source, problems) || !compile(&compiler, schema))
    return false;
  SCOPED(text_buffer_done) struct text_buffer canonical = { 0 };
  canonical_add(schema->source.text, CANONICAL_AS_WRITTEN, &canonical);
  schema->canonical = arena_copy(arena, canonical.data, canonical.length);
  *ret_schema = schema;
  return true;
}

const struct schema_property *schema_find(const struct schema *schema, const char *name)
{
  for (size_t i = 0; i < schema->n_properties; i++)
    if (strcmp(schema->properties[i].name, name) == 0)
      return &schema->properties[i];
  return NULL;
}
