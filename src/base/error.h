/** Errors as values: what failed, where in which file, what to do, and what the program was doing.
 * The caller owns a `struct error` (fixed size, no allocation on the failing path). A function that fails writes it
 * exactly once, through fail(), and returns false; a layer above may add one line of context, never replace the
 * message. A problem list collects many errors for `crisol check`. */
#ifndef CRISOL_BASE_ERROR_H
#define CRISOL_BASE_ERROR_H

#include "base/text.h"

/** One row of error_kinds[] each: name and exit code (see DESIGN, section 1). */
enum error_kind {
  ERROR_NONE = 0,
  ERROR_CONFIG,      /* the config or the command line is wrong: exit 2, nothing started */
  ERROR_DATA,        /* the data was refused: exit 1 */
  ERROR_ENVIRONMENT, /* storage, database, disk, memory: exit 3, worth a retry */
  ERROR_LOCKED,      /* another run holds the dataset: exit 4, worth a retry */
  ERROR_DEFECT,      /* a defect of crisol: exit 5 */
  ERROR_INTERRUPTED, /* SIGINT: exit 130 */
  ERROR_TERMINATED,  /* SIGTERM: exit 143 */
};

/** A text with a name (the path as the user wrote it) that places point into. Lives as long as the places. */
struct source {
  const char *name;
  struct text text;
  bool may_hold_secrets; /* an error then hides what follows a word such as password in the line that it shows */
};

/** A stretch of bytes of a source. Line and column are computed when it is printed. */
struct place {
  const struct source *source;
  size_t start;
  size_t length;
};

#define NOWHERE ((struct place){ 0 })

struct error {
  enum error_kind kind;
  char file[512];    /* where, empty for NOWHERE */
  size_t line;       /* from 1, 0 where unknown */
  size_t column;     /* from 1, in characters */
  size_t width;      /* characters to underline */
  char excerpt[256]; /* the source line, cut around the place */
  size_t caret;      /* 0-based character offset of the place within excerpt */
  char message[2048];
  char hint[1024];
  char context[1024];
};

/** Writes `err` and returns false, so that `return fail(err, ERROR_CONFIG, place, "...")` is one expression.
 * The message: lower case, no full stop, the kind of thing, the value found, what was expected. */
bool fail(struct error *err, enum error_kind kind, struct place place, const char *format, ...) PRINTF_LIKE(4, 5);

/** Adds a sentence on what to do; returns false. */
bool add_hint(struct error *err, const char *format, ...) PRINTF_LIKE(2, 3);

/** Adds a hint on a name that is none of `names`: the nearest one, or, where none is near, which there are. `what` is
 * the kind of thing in the singular: "column". Returns false. */
bool add_hint_of_names(struct error *err, const char *what, struct text wrong, const char *const *names, size_t count);

/** Adds a line on what was being done ("while writing silver partition \"…\""); returns false. */
bool add_context(struct error *err, const char *format, ...) PRINTF_LIKE(2, 3);

/* Tells compilers and analyzers, which see the call alone, that these return false. */
static inline bool is_false(bool result)
{
  (void)result;
  return false;
}
#define fail(...) is_false(fail(__VA_ARGS__))
#define add_hint(...) is_false(add_hint(__VA_ARGS__))
#define add_context(...) is_false(add_context(__VA_ARGS__))

/** Cuts what the excerpt shows behind the place: it may be a secret. */
void error_cut_excerpt(struct error *err);

/** Line and column (both from 1, in characters) of a place's start. */
void place_position(struct place place, size_t *ret_line, size_t *ret_column);

/** Exit code of a kind, and its name ("config", "data", ...), from error_kinds[]. */
int error_exit_code(enum error_kind kind);
const char *error_kind_name(enum error_kind kind);

/** Prints the error as people read it: file:line:column: error: message, the source line with a caret, hint, context.
 * `color` adds ANSI colours. `severity` is "error" or "warning". Ends in a newline. */
void error_print(const struct error *err, const char *severity, bool color, struct text_buffer *out);

/** Many errors of one check, in the order found; each belongs to the list's arena. */
struct problem {
  struct error error;
  bool is_warning;
};

enum { PROBLEMS_SHOWN = 1000 };

struct problem_list {
  struct arena *arena;
  struct problem **items;
  size_t count;
  size_t capacity;
  size_t n_errors;       /* that were added, repeated and hidden ones too */
  size_t n_hidden;       /* that were added past PROBLEMS_SHOWN, and are not in the list */
  struct problem *spare; /* the last one that is not in the list */
};

/** Adds a copy of `err` to the list, and returns it. A problem of a place is in the list once: what stands behind an
 * alias, or in a file that two datasets share, is read twice. */
struct problem *problem_add(struct problem_list *list, const struct error *err, bool is_warning);
/** Adds an ERROR_CONFIG problem at a place; returns it so that a hint may be added to `->error`. */
struct problem *problem_at(struct problem_list *list, struct place place, const char *format, ...) PRINTF_LIKE(3, 4);
/** The same for a warning. */
struct problem *problem_warn_at(struct problem_list *list, struct place place, const char *format, ...)
    PRINTF_LIKE(3, 4);
/** How many errors were added, repeated ones too: it grows whenever something was found to be wrong. */
size_t problem_count_errors(const struct problem_list *list);

#endif
