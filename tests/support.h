/** What every unit test needs: cmocka with its own includes, and checks of errors. Include it before anything else. */
#ifndef CRISOL_TESTS_SUPPORT_H
#define CRISOL_TESTS_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#undef fail /* ours is a function of base/error.h; cmocka's is fail_msg without a message */

#include "base/error.h"

/** The text holds the part; shows both where it does not. */
#define assert_contains(text, part)                                                                                    \
  do {                                                                                                                 \
    if (strstr((text), (part)) == NULL)                                                                                \
      fail_msg("expected \"%s\" to contain \"%s\"", (text), (part));                                                   \
  } while (0)

/** The error has this message at this line and column (0, 0 for nowhere). */
#define assert_error(err, expected_message, expected_line, expected_column)                                            \
  do {                                                                                                                 \
    assert_string_equal((err).message, (expected_message));                                                            \
    assert_int_equal((err).line, (expected_line));                                                                     \
    assert_int_equal((err).column, (expected_column));                                                                 \
  } while (0)

#endif
