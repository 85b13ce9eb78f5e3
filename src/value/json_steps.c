#include "value/json_steps.h"

#include <ctype.h>

struct parsing {
  struct arena *arena;
  struct text path;
  size_t at;
  struct place place;
  struct error *err;
};

static bool refuse(const struct parsing *parsing, const char *what, const char *hint)
{
  fail(parsing->err, ERROR_CONFIG, parsing->place, "the path \"%.*s\" %s at its character %zu",
       TEXT_ARGS(parsing->path), what, parsing->at + 1);
  return add_hint(parsing->err, "%s", hint);
}

static bool is_at(const struct parsing *parsing, char c)
{
  return parsing->at < parsing->path.length && parsing->path.data[parsing->at] == c;
}

/* Letters, digits, _, -, $, @ and whatever is no ASCII. */
static bool is_name_character(char c)
{
  return isalnum((unsigned char)c) || (unsigned char)c >= 0x80 || (c != '\0' && strchr("_-$@", c) != NULL);
}

/* Behind the point. */
static bool parse_name(struct parsing *parsing, struct text *ret_name)
{
  size_t start = parsing->at;
  while (parsing->at < parsing->path.length && is_name_character(parsing->path.data[parsing->at]))
    parsing->at++;
  if (parsing->at == start && is_at(parsing, '*'))
    return refuse(parsing, "has .*", "Write the name of one key, or [*] for each element of an array.");
  if (parsing->at == start && is_at(parsing, '.'))
    return refuse(parsing, "has two points", "Write each key on the way: $.result.data[*].");
  if (parsing->at == start)
    return refuse(parsing, "has no name behind a point", "Write a key as .name, or as ['a name'].");
  struct text name = { parsing->path.data + start, parsing->at - start };
  *ret_name = (struct text){ text_copy(parsing->arena, name), name.length };
  return true;
}

/* Within quotes, whose own and backslashes stand behind a backslash. */
static bool parse_quoted(struct parsing *parsing, struct text *ret_name)
{
  SCOPED(text_buffer_done) struct text_buffer name = { 0 };
  char quote = parsing->path.data[parsing->at++];
  while (parsing->at < parsing->path.length && !is_at(parsing, quote)) {
    if (is_at(parsing, '\\') && parsing->at + 1 < parsing->path.length)
      parsing->at++;
    text_buffer_add_char(&name, parsing->path.data[parsing->at++]);
  }
  if (!is_at(parsing, quote))
    return refuse(parsing, "has a quote that is not closed", "A key with blanks or points is written ['a key'].");
  parsing->at++;
  *ret_name = (struct text){ arena_copy(parsing->arena, name.data, name.length), name.length };
  return true;
}

/* Behind the opening bracket. */
static bool parse_bracket(struct parsing *parsing, struct json_step *step)
{
  if (is_at(parsing, '*'))
    parsing->at++;
  else if (!is_at(parsing, '\'') && !is_at(parsing, '"'))
    return refuse(parsing, "has neither [*] nor a key in quotes",
                  "Each element of an array is [*], a key is ['a key']. Single elements cannot be chosen.");
  else
    TRY(parse_quoted(parsing, &step->name));
  if (!is_at(parsing, ']'))
    return refuse(parsing, "lacks a closing bracket", "Each element of an array is [*], a key is ['a key'].");
  parsing->at++;
  return true;
}

bool json_steps_parse(struct arena *arena, struct text path, struct place place, struct json_steps *ret_steps,
                      struct error *err)
{
  struct parsing parsing = { arena, path, 0, place, err };
  struct json_steps steps = { .items = arena_array(arena, JSON_STEPS_MAX, sizeof(*steps.items)) };
  if (!is_at(&parsing, '$'))
    return refuse(&parsing, "does not begin with $",
                  "The document is $: write $.data[*] for each element of its data.");
  parsing.at++;
  while (parsing.at < path.length) {
    if (steps.count == JSON_STEPS_MAX)
      return refuse(&parsing, "has more than 32 steps", "No document that deep can be read.");
    struct json_step *step = &steps.items[steps.count++];
    bool is_bracket = is_at(&parsing, '[');
    if (!is_bracket && !is_at(&parsing, '.'))
      return refuse(&parsing, "has neither .name nor [*]", "A path is $, then .key, ['a key'] or [*]: $.data[*].");
    parsing.at++;
    TRY(is_bracket ? parse_bracket(&parsing, step) : parse_name(&parsing, &step->name));
  }
  *ret_steps = steps;
  return true;
}
