#include "expr/functions/options.h"

const struct expr *options_literal(struct call *call, struct text text)
{
  struct arena *arena = call->resolver->arena;
  struct expr *literal = expr_new(arena, EXPR_LITERAL, type_simple(TYPE_STRING), call->place);
  struct text copy = { text_copy(arena, text), text.length };
  literal->literal = (struct literal){ .type = literal->type, .text = copy };
  literal->is_constant = true;
  return literal;
}

static bool set_option(struct call *call, const struct option *options, size_t n_options, struct text name,
                       struct text value, struct text *values)
{
  /* What they say holds of files alone. */
  static const char *const idle[] = { "header", "inferSchema", "lineSep" };
  for (size_t i = 0; i < n_options; i++)
    if (text_equal_nocase(name, text_from(options[i].name)) ||
        (options[i].alias != NULL && text_equal_nocase(name, text_from(options[i].alias)))) {
      values[i] = value;
      return true;
    }
  for (size_t i = 0; i < ARRAY_LENGTH(idle); i++)
    if (text_equal_nocase(name, text_from(idle[i])))
      return true;
  SCOPED(text_buffer_done) struct text_buffer known = { 0 };
  for (size_t i = 0; i < n_options; i++)
    text_buffer_printf(&known, "%s%s", i == 0 ? "" : ", ", options[i].name);
  call_fail(call, NULL, "option \"%.*s\" of \"%s\" is not supported yet by crisol", TEXT_ARGS(name),
            call->function->name);
  return add_hint(call->resolver->err, "It takes %s.", n_options == 0 ? "no options" : known.data);
}

bool options_read(struct call *call, size_t index, const struct option *options, size_t n_options,
                  struct text *ret_values)
{
  for (size_t i = 0; i < n_options; i++)
    ret_values[i] = text_from(options[i].usual);
  if (index >= call->n_args)
    return true;
  const struct expr *map = call->args[index];
  bool is_map = map->type->id == TYPE_MAP && map->kind == EXPR_CALL && strcmp(map->function->name, "map") == 0;
  if (!is_map)
    return call_fail(call, "INVALID_OPTIONS.NON_MAP_FUNCTION", "the options must be a map() of texts");
  if (map->type->key->id != TYPE_STRING || map->type->element->id != TYPE_STRING)
    return call_fail(call, "INVALID_OPTIONS.NON_STRING_TYPE", "the options must be a map() of texts, this one is %s",
                     type_name(call->resolver->arena, map->type));
  struct call entries = { .args = map->args, .n_args = map->n_args };
  for (size_t i = 0; i + 1 < map->n_args; i += 2) {
    struct text name, value;
    if (!call_literal_text(&entries, i, &name) || !call_literal_text(&entries, i + 1, &value))
      return call_fail(call, NULL, "options that are worked out are not supported yet by crisol");
    TRY(set_option(call, options, n_options, name, value, ret_values));
  }
  return true;
}
