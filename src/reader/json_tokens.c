#include "reader/json_tokens.h"

struct json_tokens json_tokens_of(const struct block *block, const struct record *record, struct json_places *own)
{
  struct json_tokens found = { block->data, block->tokens.at + record->first_token, record->n_tokens,
                               record->oddities };
  if (found.count > 0)
    return found;
  if (record->end == record->start || block->data[record->start] != '{' || block->wanted_tokens == JSON_INDEX_NOTHING)
    return (struct json_tokens){ 0 };
  own->count = 0;
  struct json_extent extent = json_index(block->data, record->start, record->end, block->wanted_tokens, false, own);
  bool is_known = (extent.oddities & (JSON_HAS_LENIENT | JSON_IS_LONG)) == 0;
  if (extent.verdict != JSON_CLOSED || extent.at + 1 != record->end || !is_known)
    return (struct json_tokens){ 0 };
  return (struct json_tokens){ block->data, own->at, own->count, extent.oddities };
}

/* Where the second step stands. Strings hold no tokens and their quotes come in pairs; the last token closes the first;
 * so no step that looks at its token first can go past the last one. */
struct walk {
  const char *data;
  const uint32_t *at; /* the next token */
  struct json_scratch *scratch;
  size_t depth;
  bool has_backslash; /* some string of the record may have escapes */
  bool is_irregular;
};

static inline char token(const struct walk *walk)
{
  return walk->data[*walk->at];
}

static inline bool accept(struct walk *walk, char c)
{
  if (token(walk) != c)
    return false;
  walk->at++;
  return true;
}

static inline bool is_blank(char c)
{
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* A string, whose opening quote is the token at hand. */
static inline bool read_string(struct walk *walk, struct text *ret_text, bool *ret_has_escapes)
{
  const char *start = walk->data + walk->at[0] + 1, *end = walk->data + walk->at[1];
  walk->at += 2;
  *ret_text = (struct text){ start, (size_t)(end - start) };
  *ret_has_escapes = walk->has_backslash && memchr(start, '\\', ret_text->length) != NULL;
  return !*ret_has_escapes || json_has_plain_escapes(*ret_text);
}

/* A number or a word: all that stands up to the next token, but for blanks. */
static inline bool read_word(struct walk *walk, struct text *ret_text, enum reader_kind *ret_kind)
{
  const char *start = walk->data + walk->at[0], *next = walk->data + walk->at[1], *end = start;
  walk->at++;
  switch (*start) {
  case 't':
    *ret_kind = KIND_BOOLEAN;
    end += next - start >= 4 && memcmp(start, "true", 4) == 0 ? 4 : 0;
    break;
  case 'f':
    *ret_kind = KIND_BOOLEAN;
    end += next - start >= 5 && memcmp(start, "false", 5) == 0 ? 5 : 0;
    break;
  case 'n':
    *ret_kind = KIND_NULL;
    end += next - start >= 4 && memcmp(start, "null", 4) == 0 ? 4 : 0;
    break;
  default:
    *ret_kind = KIND_NUMBER;
    end = json_number_end(start, next);
    break;
  }
  *ret_text = (struct text){ start, (size_t)(end - start) };
  if (end == start)
    return false;
  while (end < next && is_blank(*end))
    end++;
  return end == next;
}

static bool pass_nested(struct walk *walk);

/* A value within a nested one. */
static bool pass_value(struct walk *walk)
{
  struct text text;
  bool has_escapes = false;
  enum reader_kind kind = KIND_NULL;
  switch (token(walk)) {
  case '"':
    return read_string(walk, &text, &has_escapes);
  case '{':
  case '[':
    return pass_nested(walk);
  default:
    return read_word(walk, &text, &kind);
  }
}

static bool pass_members(struct walk *walk)
{
  struct json_name_bits names = { .first = walk->scratch->n_names };
  if (accept(walk, '}'))
    return true;
  do {
    struct text name;
    bool has_escapes = false;
    if (token(walk) != '"' || !read_string(walk, &name, &has_escapes) || !accept(walk, ':'))
      return false;
    walk->is_irregular |= has_escapes || !json_note_name(walk->scratch, name, &names);
    if (!pass_value(walk))
      return false;
  } while (accept(walk, ','));
  walk->scratch->n_names = names.first;
  return accept(walk, '}');
}

static bool pass_elements(struct walk *walk)
{
  if (accept(walk, ']'))
    return true;
  do {
    if (!pass_value(walk))
      return false;
  } while (accept(walk, ','));
  return accept(walk, ']');
}

/* Recursion is bound by JSON_MAX_DEPTH. */
static bool pass_nested(struct walk *walk)
{
  if (walk->depth == JSON_MAX_DEPTH)
    return false;
  walk->depth++;
  bool is_object = token(walk) == '{';
  walk->at++;
  bool is_passed = is_object ? pass_members(walk) : pass_elements(walk);
  walk->depth--;
  return is_passed;
}

/* A member's value, of any kind. */
static inline bool read_value(struct walk *walk, struct json_member *member)
{
  enum reader_kind kind = KIND_STRING;
  char first = token(walk);
  bool is_nested = first == '{' || first == '[';
  if (first == '"') {
    member->kind = KIND_STRING;
    return read_string(walk, &member->value, &member->has_escapes);
  }
  if (!is_nested) {
    bool is_read = read_word(walk, &member->value, &kind);
    member->kind = (unsigned char)kind;
    return is_read;
  }
  member->kind = first == '{' ? KIND_OBJECT : KIND_ARRAY;
  member->tokens = walk->at;
  walk->is_irregular = false;
  if (!pass_nested(walk))
    return false;
  member->n_tokens = (size_t)(walk->at - member->tokens);
  member->is_irregular = walk->is_irregular;
  size_t start = member->tokens[0], last = walk->at[-1];
  member->value = (struct text){ walk->data + start, last + 1 - start };
  return true;
}

bool json_read_tokens(struct json_scratch *scratch, const struct json_tokens *record)
{
  struct walk walk = { .data = record->data,
                       .at = record->at,
                       .scratch = scratch,
                       .depth = 1,
                       .has_backslash = (record->oddities & JSON_HAS_BACKSLASH) != 0 };
  scratch->n_members = scratch->n_names = 0;
  if ((record->oddities & (JSON_HAS_CONTROL | JSON_HAS_LENIENT)) != 0 || !accept(&walk, '{'))
    return false;
  if (accept(&walk, '}'))
    return true;
  do {
    struct json_member *member = json_add_member(scratch);
    if (token(&walk) != '"' || !read_string(&walk, &member->name, &member->name_has_escapes) || !accept(&walk, ':') ||
        !read_value(&walk, member))
      return false;
  } while (accept(&walk, ','));
  return accept(&walk, '}') && !json_has_nul_in_name(scratch);
}

/* Moves bytes down, as memmove does; most pieces are short, and a call each would cost more than their bytes. */
static inline void move_down(char *to, const char *from, size_t length)
{
  enum { HALF = 16 };
  if (length < HALF || length > 2 * HALF) {
    memmove(to, from, length);
    return;
  }
  char first[HALF], last[HALF]; /* which overlap, and are read before either is written */
  memcpy(first, from, HALF);
  memcpy(last, from + length - HALF, HALF);
  memcpy(to, first, HALF);
  memcpy(to + length - HALF, last, HALF);
}

/* Behind the token at `at`; of a string, behind its closing quote. */
static inline size_t token_end(const struct json_tokens *tokens, size_t i)
{
  size_t at = tokens->at[i], next = tokens->at[i + 1];
  switch (tokens->data[at]) {
  case '"':
    return next + 1;
  case '{':
  case '}':
  case '[':
  case ']':
  case ':':
  case ',':
    return at + 1;
  default:
    while (is_blank(tokens->data[next - 1]))
      next--;
    return next;
  }
}

/* Bytes that follow one another are moved together; the last token ends the last of these pieces. */
size_t json_compact_tokens(const struct json_tokens *tokens, char *value)
{
  const char *data = tokens->data;
  size_t last = tokens->count - 1, start = tokens->at[0], length = 0;
  for (size_t i = 0; i < last;) {
    size_t end = token_end(tokens, i);
    i += data[tokens->at[i]] == '"' ? 2 : 1;
    size_t next = tokens->at[i];
    if (next == end)
      continue;
    if (value + length != data + start)
      move_down(value + length, data + start, end - start);
    length += end - start;
    start = next;
  }
  size_t rest = tokens->at[last] + 1 - start;
  if (value + length != data + start)
    memmove(value + length, data + start, rest);
  return length + rest;
}
