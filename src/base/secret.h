/** What must not be shown: passwords, keys, tokens. They are told to this file where a configuration, the environment
 * or a command line is read, and are starred out of every error, log line, JSON text and page that the program prints,
 * in whichever spelling: as they are, percent-encoded, quoted for SQL, for a connection string or for JSON. Safe from
 * all threads. */
#ifndef CRISOL_BASE_SECRET_H
#define CRISOL_BASE_SECRET_H

#include "base/text.h"

/** Keeps a secret. One of less than five bytes, or that is a usual word, would star out what is none: it is only hidden
 * where its place tells that it is one (the password of a URI, password=...). One of less than eight bytes is hidden
 * where it stands as a word of its own. */
void secret_add(struct text value);

/** Keeps what a text such as "postgresql://user:password@host/name", "user:password@host" or "host=... password=..."
 * may have as a password, however it is misspelt. */
void secret_add_of_connection(struct text connection);

/** Keeps the tokens of addresses such as "sc://host/;token=..." that a text holds. */
void secret_add_of_address(struct text address);

/** Takes a text for no secret, even where a password is the same: a user's or a database's name. */
void secret_except(struct text value);

/** Stars out what is secret. The text does not grow. */
void secret_hide(char *text);
/** The same in a buffer, from a byte on. */
void secret_hide_in(struct text_buffer *buffer, size_t from);

#endif
