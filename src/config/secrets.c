/* Tells base/secret.h what a file of settings holds: before anything is said about the file, so from its bytes, and
 * again from its tree, where variables are replaced and aliases followed. */
#include "config/tables.h"

#include "base/secret.h"

#include <stdlib.h>
#include <strings.h>

bool is_secret_key(struct text key)
{
  static const char *const words[] = { "passw", "pwd", "secret", "token", "access_key" };
  static const char *const names[] = { "password", "passwd", "secret_access_key", "session_token", "token" };
  static const struct text public[] = { { "access_key_id", 13 }, { "password_env", 12 } };
  for (size_t i = 0; i < ARRAY_LENGTH(public); i++)
    if (text_equal_nocase(key, public[i]))
      return false;
  for (size_t i = 0; i < ARRAY_LENGTH(words); i++)
    for (size_t at = 0; at + strlen(words[i]) <= key.length; at++)
      if (text_equal_nocase((struct text){ key.data + at, strlen(words[i]) }, text_from(words[i])))
        return true;
  return text_nearest(key, names, ARRAY_LENGTH(names)) != NULL;
}

/* the bytes */

static bool is_name_byte(char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

/* The value that begins here: in quotes, or up to what ends it in YAML. */
static struct text value_at(struct text text, size_t at)
{
  char quote = at < text.length && (text.data[at] == '"' || text.data[at] == '\'') ? text.data[at] : '\0';
  size_t start = at + (quote != '\0');
  size_t end = start;
  while (end < text.length && text.data[end] != '\n' &&
         (quote != '\0' ? text.data[end] != quote : strchr(",}]", text.data[end]) == NULL))
    end++;
  return text_trim((struct text){ text.data + start, end - start });
}

/* What stands behind a colon, on its line or, with nothing but a sign of YAML there, on the next. */
static void keep_behind(struct text text, size_t at)
{
  for (int line = 0; line < 2 && at < text.length; line++) {
    while (at < text.length && strchr(" \t[{", text.data[at]) != NULL)
      at++;
    if (at < text.length && (text.data[at] == '|' || text.data[at] == '>'))
      at += strcspn(text.data + at, "\n");
    struct text value = value_at(text, at);
    if (value.length > 0) {
      secret_add(value);
      return;
    }
    at++;
  }
}

void secrets_keep_of_text(struct text text)
{
  secret_add_of_address(text);
  for (size_t colon = 0; colon < text.length; colon++) {
    if (text.data[colon] != ':')
      continue;
    size_t end = colon;
    while (end > 0 && strchr(" \"'", text.data[end - 1]) != NULL)
      end--;
    size_t start = end;
    while (start > 0 && is_name_byte(text.data[start - 1]))
      start--;
    if (end > start && end - start <= 64 && is_secret_key((struct text){ text.data + start, end - start }))
      keep_behind(text, colon + 1);
  }
}

/* the tree */

static void keep_entry(struct text key, const struct node *value)
{
  static const char *const names[] = { "user", "database", "host", "path", "access_key_id", "region", "endpoint" };
  struct text text = { value->value, value->length };
  if (text_equal_nocase(key, TEXT("password_env")))
    secret_add(text_from(getenv(value->value)));
  else if (is_secret_key(key))
    secret_add(text);
  for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
    if (text_equal_nocase(key, text_from(names[i])) && strpbrk(value->value, "@=") == NULL)
      secret_except(text);
}

static void keep_node(const struct node *node, bool is_of_settings, size_t *left)
{
  if (*left == 0)
    return;
  --*left;
  if (node->kind == NODE_SCALAR)
    secret_add_of_address((struct text){ node->value, node->length });
  if (node->kind == NODE_SCALAR && (strchr(node->value, '@') != NULL || strstr(node->value, "password") != NULL))
    secret_add_of_connection((struct text){ node->value, node->length });
  for (size_t i = 0; i < node->n_entries; i++) {
    const struct node *key = node->entries[i].key;
    const struct node *value = node->entries[i].value;
    if (is_of_settings && value->kind == NODE_SCALAR)
      keep_entry((struct text){ key->value, key->length }, value);
    keep_node(value, is_of_settings, left);
  }
  for (size_t i = 0; i < node->n_items; i++)
    keep_node(node->items[i], is_of_settings, left);
}

void secrets_keep_of_node(const struct node *root, bool is_of_settings)
{
  size_t left = 100000; /* aliases may multiply what is looked at without end */
  keep_node(root, is_of_settings, &left);
}
