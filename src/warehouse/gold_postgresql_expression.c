/* Which expressions of a table of PostgreSQL, of its generated columns and its indexes, may fail on a value. Rows of a
 * table with such a one are tried before they are loaded, which takes as long as to load them: so the usual ones, that
 * no value fails on, are known here. Whatever is not known may fail. */
#include "warehouse/gold_postgresql.h"

#include <ctype.h>

/* What the server prints before a parenthesis, and takes every value. */
static const char *const total_functions[] = { "lower",
                                               "upper",
                                               "initcap",
                                               "md5",
                                               "coalesce",
                                               "nullif",
                                               "btrim",
                                               "ltrim",
                                               "rtrim",
                                               "left",
                                               "right",
                                               "reverse",
                                               "starts_with",
                                               "length",
                                               "and",
                                               "char_length",
                                               "character_length",
                                               "greatest",
                                               "least",
                                               "bit_length",
                                               "octet_length",
                                               "or",
                                               "not",
                                               "in",
                                               "any",
                                               "when",
                                               "then",
                                               "else",
                                               "case",
                                               "date_part",
                                               "extract",
                                               "date_trunc" };
static const char *const total_operators[] = { "=", "<>", "<", ">", "<=", ">=", "||", "->", "->>", "~~", "!~~", "#>>" };
static const char *const total_casts[] = { "text", "character varying", "bpchar" }; /* also of a length: they cut */

static bool is_one_of(struct text word, const char *const *words, size_t count)
{
  for (size_t i = 0; i < count; i++)
    if (text_equal_nocase(word, text_from(words[i])))
      return true;
  return false;
}

static bool is_word_byte(char c)
{
  return isalnum((unsigned char)c) || c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

/* Moves over 'text' or "name", a doubled quote being one. */
static const char *skip_quoted(const char *at)
{
  char quote = *at++;
  while (*at != '\0' && (*at != quote || at[1] == quote))
    at += *at == quote ? 2 : 1;
  return *at == '\0' ? at : at + 1;
}

/* A literal is cast alike for every row, anything else as the row is. */
static bool cast_may_fail(const char **at, bool is_literal)
{
  const char *start = *at;
  for (size_t i = 0; i < ARRAY_LENGTH(total_casts); i++) {
    size_t length = strlen(total_casts[i]);
    if (strncmp(start, total_casts[i], length) == 0 && !is_word_byte(start[length])) {
      *at = start + length;
      return false;
    }
  }
  while (is_word_byte(**at))
    (*at)++;
  return !is_literal;
}

bool postgresql_may_fail(const char *expression)
{
  bool is_literal = false; /* what stands before is a literal */
  for (const char *at = expression; *at != '\0';) {
    const char *start = at;
    if (*at == '\'' || *at == '"') {
      at = skip_quoted(at);
      is_literal = *start == '\'';
      struct text name = { start + 1, (size_t)(at - start) - 2 }; /* "left" is a word of SQL */
      if (*start == '"' && *at == '(' && !is_one_of(name, total_functions, ARRAY_LENGTH(total_functions)))
        return true;
      continue;
    }
    if (at[0] == ':' && at[1] == ':') {
      at += 2;
      if (cast_may_fail(&at, is_literal))
        return true;
    } else if (is_word_byte(*at)) {
      while (is_word_byte(*at))
        at++;
      struct text word = { start, (size_t)(at - start) };
      if (isdigit((unsigned char)*start) && start > expression && start[-1] == '(' && *at == ')') {
        at++; /* (5)::bigint */
        is_literal = true;
        continue;
      }
      bool is_call = *at == '(' || (at[0] == ' ' && at[1] == '(');
      if (is_call && !is_one_of(word, total_functions, ARRAY_LENGTH(total_functions)))
        return true;
    } else if (strchr("+-*/<>=~!@#%^&|`?", *at) != NULL) {
      at += strspn(at, "+-*/<>=~!@#%^&|`?");
      if (!is_one_of((struct text){ start, (size_t)(at - start) }, total_operators, ARRAY_LENGTH(total_operators)))
        return true;
    } else {
      at++;
    }
    is_literal = false;
  }
  return false;
}
