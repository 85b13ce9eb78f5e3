#include "value/regex.h"

#include "value/regex_translate.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <pthread.h>
#include <stdlib.h>

enum {
  MATCH_LIMIT = 1000000,        /* steps of the matcher: some 10 ms */
  JIT_STACK_BYTES = 512 * 1024, /* past it a match counts as past its limit */
  MAX_GROUPS = 128,
};

struct regex {
  pcre2_code *code;
  bool is_jit;
  uint32_t n_groups;
};

/* What each thread needs to match; released when it ends. */
struct matcher {
  pcre2_match_data *data;
  pcre2_match_context *context;
  pcre2_jit_stack *stack;
};

static pthread_key_t matcher_key;
static pthread_once_t matcher_once = PTHREAD_ONCE_INIT;

static void matcher_free(void *pointer)
{
  struct matcher *matcher = pointer;
  pcre2_match_data_free(matcher->data);
  pcre2_match_context_free(matcher->context);
  pcre2_jit_stack_free(matcher->stack);
  free(matcher);
}

/* The main thread runs no destructors of keys. */
static void free_of_main(void)
{
  struct matcher *matcher = pthread_getspecific(matcher_key);
  if (matcher != NULL)
    matcher_free(matcher);
  pthread_setspecific(matcher_key, NULL);
}

static void make_key(void)
{
  if (pthread_key_create(&matcher_key, matcher_free) != 0 || atexit(free_of_main) != 0)
    BUG("no thread-specific data for regular expressions");
}

static struct matcher *this_matcher(void)
{
  static _Thread_local struct matcher *matcher;
  if (matcher != NULL)
    return matcher;
  pthread_once(&matcher_once, make_key);
  matcher = checked_malloc(sizeof(*matcher));
  matcher->data = pcre2_match_data_create(MAX_GROUPS, NULL);
  matcher->context = pcre2_match_context_create(NULL);
  matcher->stack = pcre2_jit_stack_create(32 * 1024, JIT_STACK_BYTES, NULL);
  if (matcher->data == NULL || matcher->context == NULL || matcher->stack == NULL)
    BUG("out of memory for regular expressions");
  pcre2_set_match_limit(matcher->context, MATCH_LIMIT);
  pcre2_jit_stack_assign(matcher->context, NULL, matcher->stack);
  pthread_setspecific(matcher_key, matcher);
  return matcher;
}

static bool fail_pattern(struct error *err, struct place place, struct text pattern, const char *reason, size_t at)
{
  return fail(err, ERROR_CONFIG, place, "regular expression \"%.*s\" does not compile: %s at position %zu",
              pattern.length > 500 ? 500 : (int)pattern.length, pattern.data, reason, at + 1);
}

bool regex_compile(struct text pattern, enum regex_dialect dialect, struct place place, struct regex **ret_regex,
                   struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer translated = { 0 };
  size_t at = 0;
  const char *reason = NULL;
  if (!regex_translate(pattern, dialect, &translated, &at, &reason))
    return fail_pattern(err, place, pattern, reason, at);
  int code = 0;
  PCRE2_SIZE offset = 0;
  struct regex regex = { 0 };
  uint32_t options = PCRE2_UTF | PCRE2_NO_UTF_CHECK | PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C;
  if (dialect == REGEX_ECMA)
    options |= PCRE2_MATCH_UNSET_BACKREF;
  if (!text_is_utf8(pattern))
    return fail_pattern(err, place, pattern, "it is not UTF-8", 0);
  regex.code =
      pcre2_compile((PCRE2_SPTR)text_buffer_text(&translated).data, translated.length, options, &code, &offset, NULL);
  if (regex.code == NULL) {
    char message[256];
    pcre2_get_error_message(code, (PCRE2_UCHAR *)message, sizeof(message));
    return fail_pattern(err, place, pattern, message, offset < pattern.length ? offset : pattern.length);
  }
  regex.is_jit = pcre2_jit_compile(regex.code, PCRE2_JIT_COMPLETE) == 0;
  pcre2_pattern_info(regex.code, PCRE2_INFO_CAPTURECOUNT, &regex.n_groups);
  *ret_regex = checked_malloc(sizeof(regex));
  **ret_regex = regex;
  return true;
}

void regex_free(struct regex **regex)
{
  if (*regex == NULL)
    return;
  pcre2_code_free((*regex)->code);
  free(*regex);
  *regex = NULL;
}

static enum regex_result match(const struct regex *regex, struct text text, size_t from, struct matcher *matcher)
{
  PCRE2_SPTR subject = (PCRE2_SPTR)(text.data == NULL ? "" : text.data);
  int result = regex->is_jit ? pcre2_jit_match(regex->code, subject, text.length, from, PCRE2_NO_UTF_CHECK,
                                               matcher->data, matcher->context)
                             : pcre2_match(regex->code, subject, text.length, from, PCRE2_NO_UTF_CHECK, matcher->data,
                                           matcher->context);
  if (result >= 0)
    return REGEX_MATCH;
  return result == PCRE2_ERROR_NOMATCH ? REGEX_NO_MATCH : REGEX_LIMIT;
}

enum regex_result regex_find(const struct regex *regex, struct text text)
{
  return match(regex, text, 0, this_matcher());
}

enum regex_result regex_find_groups(const struct regex *regex, struct text text, size_t from, struct regex_span *groups,
                                    size_t n_groups)
{
  struct matcher *matcher = this_matcher();
  enum regex_result result = match(regex, text, from, matcher);
  if (result != REGEX_MATCH)
    return result;
  const PCRE2_SIZE *ends = pcre2_get_ovector_pointer(matcher->data);
  for (size_t i = 0; i < n_groups; i++) {
    bool is_set = i <= regex->n_groups && i < MAX_GROUPS && ends[2 * i] != PCRE2_UNSET;
    groups[i] = is_set ? (struct regex_span){ (ptrdiff_t)ends[2 * i], (ptrdiff_t)ends[2 * i + 1] }
                       : (struct regex_span){ -1, -1 };
  }
  return REGEX_MATCH;
}

size_t regex_group_count(const struct regex *regex)
{
  return regex->n_groups;
}

ptrdiff_t regex_group_named(const struct regex *regex, struct text name)
{
  char terminated[64];
  if (name.length >= sizeof(terminated))
    return -1;
  memcpy(terminated, name.data, name.length);
  terminated[name.length] = '\0';
  int number = pcre2_substring_number_from_name(regex->code, (PCRE2_SPTR)terminated);
  return number > 0 ? number : -1;
}
