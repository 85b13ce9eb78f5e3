/* What the expressions of a dataset read of _document, by their text: it must be known before there are columns, and
 * one key too many costs only its bytes. */
#include "config/dataset.h"

#include <ctype.h>
#include <strings.h>

struct finding {
  struct arena *arena;
  const char **keys;
  size_t count, capacity;
  bool is_used, is_any;
};

static bool is_word(char c)
{
  return isalnum((unsigned char)c) || c == '_';
}

static void add_key(struct finding *finding, struct text key)
{
  for (size_t i = 0; i < finding->count; i++)
    if (text_equal(text_from(finding->keys[i]), key))
      return;
  finding->keys = arena_grow(finding->arena, finding->keys, finding->count, &finding->capacity, sizeof(*finding->keys));
  finding->keys[finding->count++] = text_copy(finding->arena, key);
}

/* What stands behind the name: ".key", ".`key`", or anything, and then every key is read. */
static void read_use(struct finding *finding, struct text rest)
{
  size_t at = 0;
  finding->is_used = true;
  while (at < rest.length && (isspace((unsigned char)rest.data[at]) || rest.data[at] == '`'))
    at++;
  bool has_point = at < rest.length && rest.data[at] == '.';
  for (at += has_point; has_point && at < rest.length && isspace((unsigned char)rest.data[at]);)
    at++;
  bool is_quoted = at < rest.length && rest.data[at] == '`';
  size_t start = at += is_quoted;
  while (at < rest.length && (is_quoted ? rest.data[at] != '`' && rest.data[at] != '\\' : is_word(rest.data[at])))
    at++;
  bool is_key = has_point && at > start && (is_quoted ? at < rest.length && rest.data[at] == '`' : true);
  if (is_key)
    add_key(finding, (struct text){ rest.data + start, at - start });
  else
    finding->is_any = true;
}

static void find_uses(struct finding *finding, struct text text)
{
  static const char name[] = "_document";
  const size_t length = sizeof(name) - 1;
  for (size_t at = 0; at + length <= text.length; at++) {
    bool begins = at == 0 || !is_word(text.data[at - 1]);
    bool ends = at + length == text.length || !is_word(text.data[at + length]);
    if (begins && ends && strncasecmp(text.data + at, name, length) == 0)
      read_use(finding, (struct text){ text.data + at + length, text.length - at - length });
  }
}

bool dataset_uses_document(struct arena *arena, const struct dataset *dataset, const char *const **ret_keys,
                           size_t *ret_count)
{
  struct finding finding = { .arena = arena };
  find_uses(&finding, dataset->source_text.text);
  for (size_t i = 0; i < dataset->n_rules; i++) /* of a file of their own */
    find_uses(&finding, dataset->rules[i].expr.text);
  *ret_keys = finding.is_any ? NULL : finding.keys;
  *ret_count = finding.is_any ? 0 : finding.count;
  return finding.is_used;
}
