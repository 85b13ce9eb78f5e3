/* Patterns are compiled once a process: a compiled schema lives in an arena, which releases memory and nothing else. */
#include "schema/node.h"

#include <pthread.h>
#include <stdlib.h>

struct kept_pattern {
  struct text text;
  struct regex *regex;
  struct kept_pattern *next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct kept_pattern *kept;

static const struct regex *find_kept(struct text pattern)
{
  for (const struct kept_pattern *each = kept; each != NULL; each = each->next)
    if (text_equal(each->text, pattern))
      return each->regex;
  return NULL;
}

static bool compile(struct text pattern, struct place place, const struct regex **ret_regex, struct error *err)
{
  struct regex *regex = NULL;
  TRY(regex_compile(pattern, REGEX_ECMA, place, &regex, err));
  struct kept_pattern *added = checked_malloc(sizeof(*added));
  char *copy = checked_malloc(pattern.length + 1);
  memcpy(copy, pattern.data, pattern.length);
  *added = (struct kept_pattern){ .text = { copy, pattern.length }, .regex = regex, .next = kept };
  kept = added;
  *ret_regex = regex;
  return true;
}

bool pattern_find_or_compile(struct text pattern, struct place place, const struct regex **ret_regex, struct error *err)
{
  pthread_mutex_lock(&lock);
  const struct regex *found = find_kept(pattern);
  bool is_compiled = found != NULL || compile(pattern, place, &found, err);
  pthread_mutex_unlock(&lock);
  if (is_compiled)
    *ret_regex = found;
  return is_compiled;
}
