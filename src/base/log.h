/** The log of a run, on stderr: what each stage did, in the seed's form "[stage] message".
 * Set up once by cli/ before any thread is started; log_line may then be called from any thread. Folders below cli/ do
 * not print in any other way. */
#ifndef CRISOL_BASE_LOG_H
#define CRISOL_BASE_LOG_H

#include "base/text.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };
enum log_format { LOG_TEXT, LOG_JSON };

struct log_options {
  enum log_level least; /* lines below it are not written */
  enum log_format format;
  bool color;
};

/** Sets what is written, and how. To be called before threads are started. */
void log_setup(struct log_options options);
/** What log_setup was given, or the default: text without colors, from LOG_INFO on. */
struct log_options log_get_options(void);

/** What gets the lines instead of stderr; NULL: stderr again. Called by one thread at a time; the texts live as long as
 * the call. */
typedef void (*log_receiver)(enum log_level level, const char *stage, const char *message, void *context);
void log_set_receiver(log_receiver receive, void *context);

/** Called around each line, so that a progress bar can get out of the way; NULL to remove. */
void log_set_around(void (*before)(void), void (*after)(void));

/** Writes one line; `stage` is a word such as "source", "quality", "silver", "gold", "metadata". */
void log_line(enum log_level level, const char *stage, const char *format, ...) PRINTF_LIKE(3, 4);

#define log_debug(stage, ...) log_line(LOG_DEBUG, stage, __VA_ARGS__)
#define log_info(stage, ...) log_line(LOG_INFO, stage, __VA_ARGS__)
#define log_warning(stage, ...) log_line(LOG_WARNING, stage, __VA_ARGS__)

/** Adds `text` to `out` as a JSON string, quotes included. Bytes that are not UTF-8 become U+FFFD. */
void json_add_string(struct text_buffer *out, struct text text);
/** The same of a text that may be NULL, which is JSON's null. */
void json_add_string_or_null(struct text_buffer *out, const char *text);

#endif
