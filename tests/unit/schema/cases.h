/** Case files of the schema's tests: lines of fields with tabs between; blank lines and lines with # are left out. */
#ifndef CRISOL_TESTS_SCHEMA_CASES_H
#define CRISOL_TESTS_SCHEMA_CASES_H

#include "support.h"

#include <stdio.h>
#include <stdlib.h>

#undef fail_msg /* cmocka's calls its fail(), which support.h gives up for ours */
#define fail_msg(...) (print_error(__VA_ARGS__), print_error("\n"), _fail(__FILE__, __LINE__))

enum { MAX_FIELDS = 6 };

/* Replaces \n, \t and \\ . */
static inline void unescape_field(char *field)
{
  char *to = field;
  for (const char *from = field; *from != '\0'; from++) {
    if (*from == '\\' && from[1] != '\0') {
      from++;
      *to++ = *from == 'n' ? '\n' : *from == 't' ? '\t' : *from;
    } else {
      *to++ = *from;
    }
  }
  *to = '\0';
}

/* Tries all cases of a file, so that one run shows every failure; `check` prints what is wrong and returns false. */
static inline void check_case_file(const char *path, size_t n_fields, bool (*check)(const char *place, char **fields))
{
  FILE *file = fopen(path, "r");
  assert_non_null(file);
  char *line = NULL;
  size_t capacity = 0, number = 0, n_failed = 0;
  while (getline(&line, &capacity, file) >= 0) {
    number++;
    line[strcspn(line, "\n")] = '\0';
    if (line[0] == '\0' || line[0] == '#')
      continue;
    char *rest = line, *fields[MAX_FIELDS] = { 0 }, place[160];
    snprintf(place, sizeof(place), "%s:%zu", path, number);
    for (size_t i = 0; i < n_fields; i++) {
      fields[i] = strsep(&rest, "\t");
      if (fields[i] == NULL)
        fail_msg("%s: expected %zu fields", place, n_fields);
      unescape_field(fields[i]);
    }
    n_failed += check(place, fields) ? 0 : 1;
  }
  free(line);
  fclose(file);
  assert_int_equal(n_failed, 0);
}

#endif
