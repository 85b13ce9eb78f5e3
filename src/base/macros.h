/** Small helpers that every file may use: scoped cleanup, checked results, defects.
 * Nothing here allocates or does I/O. */
#ifndef CRISOL_BASE_MACROS_H
#define CRISOL_BASE_MACROS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdnoreturn.h>

/** The caller must look at the result: a false is a failure that `err` describes. */
#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(format_index, first_argument) __attribute__((format(printf, format_index, first_argument)))

/** Runs `release(&variable)` when the variable leaves its scope: SCOPED(text_buffer_done) struct text_buffer b = {0};
 * The release function takes a pointer to the variable's type and accepts a zeroed value. */
#define SCOPED(release) __attribute__((cleanup(release)))

/** Returns false at once when the call fails; `err` has been written by it. */
#define TRY(call)                                                                                                      \
  do {                                                                                                                 \
    if (!(call))                                                                                                       \
      return false;                                                                                                    \
  } while (0)

#define ARRAY_LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/** Aborts with file and line: a defect of crisol, never the answer to a user's input. */
noreturn void bug_at(const char *file, int line, const char *message);
#define BUG(message) bug_at(__FILE__, __LINE__, message)

#endif
