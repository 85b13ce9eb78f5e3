/** What every unit test needs: cmocka with its own includes, and checks of errors. Include it before anything else. */
#ifndef CRISOL_TESTS_SUPPORT_H
#define CRISOL_TESTS_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#undef fail /* ours is a function of base/error.h */
#undef fail_msg
/** Fails the test with a message, as cmocka's own does by way of its fail(). */
#define fail_msg(...)                                                                                                  \
  do {                                                                                                                 \
    print_error("ERROR: " __VA_ARGS__);                                                                                \
    print_error("\n");                                                                                                 \
    _fail(__FILE__, __LINE__);                                                                                         \
  } while (0)

#include "base/error.h"

/** The text holds the part; shows both where it does not. */
#define assert_contains(text, part)                                                                                    \
  do {                                                                                                                 \
    if (strstr((text), (part)) == NULL)                                                                                \
      fail_msg("expected \"%s\" to contain \"%s\"", (text), (part));                                                   \
  } while (0)

/** What must be done; the test's `err` is shown where it is not. */
#define assert_done(call)                                                                                              \
  do {                                                                                                                 \
    if (!(call))                                                                                                       \
      fail_msg("%s: %s", #call, err.message);                                                                          \
  } while (0)

/** The error has this message at this line and column (0, 0 for nowhere). */
#define assert_error(err, expected_message, expected_line, expected_column)                                            \
  do {                                                                                                                 \
    assert_string_equal((err).message, (expected_message));                                                            \
    assert_int_equal((err).line, (expected_line));                                                                     \
    assert_int_equal((err).column, (expected_column));                                                                 \
  } while (0)

#endif
