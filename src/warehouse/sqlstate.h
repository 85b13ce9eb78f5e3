/** What a SQLSTATE of PostgreSQL means to a run: whose fault it is, whether another try may mend it, what to do. The
 * classes are those of PostgreSQL's documentation, appendix A. None is a defect of crisol: a server, its extensions and
 * the functions that people write there may answer with any of them. */
#ifndef CRISOL_WAREHOUSE_SQLSTATE_H
#define CRISOL_WAREHOUSE_SQLSTATE_H

#include "base/error.h"

struct sqlstate {
  const char *prefix; /* of the states that the row is for: a class, or a state */
  enum error_kind kind;
  bool is_transient; /* may pass by itself */
  const char *hint;
};

/** The row for a state, that of the longest prefix; a state of no class has one, too. */
const struct sqlstate *sqlstate_find(const char *state);

#endif
