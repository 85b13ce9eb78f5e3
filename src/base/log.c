#include "base/log.h"

#include "base/clock.h"
#include "base/secret.h"
#include "base/visible.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static struct log_options options = { .least = LOG_INFO, .format = LOG_TEXT, .color = false };
static void (*call_before)(void);
static void (*call_after)(void);
static log_receiver receiver;
static void *receiver_context;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static const struct {
  const char *name;
  const char *color;
} levels[] = {
  [LOG_DEBUG] = { "debug", "\033[2m" },
  [LOG_INFO] = { "info", "\033[36m" },
  [LOG_WARNING] = { "warning", "\033[1;33m" },
  [LOG_ERROR] = { "error", "\033[1;31m" },
};

void log_setup(struct log_options new_options)
{
  options = new_options;
}

struct log_options log_get_options(void)
{
  return options;
}

void log_set_around(void (*before)(void), void (*after)(void))
{
  pthread_mutex_lock(&lock);
  call_before = before;
  call_after = after;
  pthread_mutex_unlock(&lock);
}

void log_set_receiver(log_receiver receive, void *context)
{
  pthread_mutex_lock(&lock);
  receiver = receive;
  receiver_context = context;
  pthread_mutex_unlock(&lock);
}

/* Beside what JSON demands, what would hide on a terminal is escaped, in UTF-16 as JSON has it. */
static void add_json_escape(struct text_buffer *out, uint32_t code_point)
{
  static const char letters[] = { ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't', ['"'] = '"', ['\\'] = '\\' };
  if (code_point < sizeof(letters) && letters[code_point] != '\0')
    text_buffer_printf(out, "\\%c", letters[code_point]);
  else if (code_point < 0x10000)
    text_buffer_printf(out, "\\u%04x", code_point);
  else
    text_buffer_printf(out, "\\u%04x\\u%04x", 0xD800 + ((code_point - 0x10000) >> 10),
                       0xDC00 + ((code_point - 0x10000) & 0x3FF));
}

void json_add_string(struct text_buffer *out, struct text text)
{
  SCOPED(text_buffer_done) struct text_buffer shown = { 0 };
  text_buffer_add_text(&shown, text);
  secret_hide_in(&shown, 0);
  text_buffer_add_char(out, '"');
  for (size_t i = 0; i < shown.length;) {
    uint32_t code_point;
    size_t length = text_decode((struct text){ shown.data + i, shown.length - i }, &code_point);
    if (length == 0)
      text_buffer_add_utf8(out, 0xFFFD);
    else if (code_point == '"' || code_point == '\\' || is_hidden(code_point))
      add_json_escape(out, code_point);
    else
      text_buffer_add(out, shown.data + i, length);
    i += length == 0 ? 1 : length;
  }
  text_buffer_add_char(out, '"');
}

void json_add_string_or_null(struct text_buffer *out, const char *text)
{
  if (text == NULL)
    text_buffer_add_string(out, "null");
  else
    json_add_string(out, text_from(text));
}

static void format_text(struct text_buffer *line, enum log_level level, const char *stage, struct text message)
{
  if (options.color)
    text_buffer_printf(line, "%s[%s]\033[0m ", levels[level].color, stage);
  else
    text_buffer_printf(line, "[%s] ", stage);
  if (level == LOG_WARNING)
    text_buffer_add_string(line, options.color ? "\033[1;33mwarning:\033[0m " : "warning: ");
  text_add_visible(line, message);
}

static void format_json(struct text_buffer *line, enum log_level level, const char *stage, struct text message)
{
  int64_t now_us = clock_now_us();
  time_t seconds = (time_t)(now_us / 1000000);
  struct tm utc;
  gmtime_r(&seconds, &utc);
  char instant[40];
  strftime(instant, sizeof(instant), "%Y-%m-%dT%H:%M:%S", &utc);
  text_buffer_printf(line, "{\"time\":\"%s.%03" PRId64 "Z\",\"level\":\"%s\",\"stage\":", instant, now_us / 1000 % 1000,
                     levels[level].name);
  json_add_string(line, text_from(stage));
  text_buffer_add_string(line, ",\"message\":");
  json_add_string(line, message);
  text_buffer_add_char(line, '}');
}

/* stderr that cannot be written (a closed pipe) must not end a run: there is nobody left to tell. */
static void write_all(struct text text)
{
  while (text.length > 0) {
    ssize_t written = write(STDERR_FILENO, text.data, text.length);
    if (written <= 0)
      return;
    text.data += written;
    text.length -= (size_t)written;
  }
}

static void write_line(enum log_level level, const char *stage, const char *message)
{
  SCOPED(text_buffer_done) struct text_buffer line = { 0 };
  (options.format == LOG_JSON ? format_json : format_text)(&line, level, stage, text_from(message));
  text_buffer_add_char(&line, '\n');
  if (call_before != NULL)
    call_before();
  write_all(text_buffer_text(&line));
  if (call_after != NULL)
    call_after();
}

void log_line(enum log_level level, const char *stage, const char *format, ...)
{
  if (level < options.least)
    return;
  va_list arguments;
  va_start(arguments, format);
  char message[4096];
  int length = vsnprintf(message, sizeof(message), format, arguments);
  va_end(arguments);
  if (length < 0)
    BUG("log_line: bad format");
  secret_hide(message);
  pthread_mutex_lock(&lock);
  if (receiver != NULL)
    receiver(level, stage, message, receiver_context);
  else
    write_line(level, stage, message);
  pthread_mutex_unlock(&lock);
}
