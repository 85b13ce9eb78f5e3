#include "config/variables.h"

#include "base/secret.h"
#include "config/tables.h"

#include <stdlib.h>

struct variable {
  const char *name, *value;
  bool is_used;
};

/* Names that files have asked for and the command line has not set: what a misspelt one may have meant. */
enum { NAMES_KEPT = 32, NAME_MOST = 64 };

static struct {
  struct variable *items;
  size_t count, capacity;
  char asked[NAMES_KEPT][NAME_MOST];
  size_t n_asked;
} variables;

static struct variable *find(struct text name)
{
  for (size_t i = 0; i < variables.count; i++)
    if (text_equal(text_from(variables.items[i].name), name))
      return &variables.items[i];
  return NULL;
}

static struct text name_of(const char *assignment)
{
  return (struct text){ assignment, strcspn(assignment, "=") };
}

static bool is_name(struct text name)
{
  static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
  return name.length > 0 && strspn(name.data, letters) == name.length;
}

bool variable_set(struct arena *arena, const char *assignment, struct error *err)
{
  struct text name = name_of(assignment);
  if (assignment[name.length] != '=' || !is_name(name)) { /* what is behind the name may be a secret */
    fail(err, ERROR_CONFIG, NOWHERE, "--var \"%.*s\" is not NAME=VALUE", TEXT_ARGS(name));
    return add_hint(err, "Such as --var DAY=2024-01-31, where a file says ${DAY}; a name has letters, digits and _.");
  }
  const char *value = assignment + name.length + 1;
  if (is_secret_key(name))
    secret_add(text_from(value));
  struct variable *variable = find(name);
  if (variable == NULL) {
    variables.items =
        arena_grow(arena, variables.items, variables.count, &variables.capacity, sizeof(*variables.items));
    variable = &variables.items[variables.count++];
  }
  *variable = (struct variable){ .name = text_copy(arena, name), .value = value };
  return true;
}

static void keep_asked(const char *name)
{
  for (size_t i = 0; i < variables.n_asked; i++)
    if (strcmp(variables.asked[i], name) == 0)
      return;
  if (variables.n_asked < NAMES_KEPT && strlen(name) < NAME_MOST)
    memcpy(variables.asked[variables.n_asked++], name, strlen(name) + 1);
}

const char *variable_find(const char *name)
{
  struct variable *variable = find(text_from(name));
  if (variable == NULL) {
    keep_asked(name);
    return getenv(name);
  }
  variable->is_used = true;
  return variable->value;
}

bool variable_fail_unused(const char *assignment, struct error *err)
{
  const char *names[NAMES_KEPT];
  struct text name = name_of(assignment);
  for (size_t i = 0; i < variables.n_asked; i++)
    names[i] = variables.asked[i];
  const char *nearest = text_nearest(name, names, variables.n_asked);
  fail(err, ERROR_CONFIG, NOWHERE, "--var %.*s: no file of the configuration says ${%.*s}", TEXT_ARGS(name),
       TEXT_ARGS(name));
  return nearest != NULL ? add_hint(err, "Did you mean %s?", nearest) : false;
}

bool variable_is_used(const char *assignment)
{
  const struct variable *variable = find(name_of(assignment));
  return variable != NULL && variable->is_used;
}

void variables_forget(void)
{
  for (size_t i = 0; i < variables.count; i++)
    variables.items[i].is_used = false;
}
