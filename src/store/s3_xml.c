/* S3's answers are XML; expat reads it. */
#include "store/s3_internal.h"

#include <expat.h>
#include <stdio.h>
#include <time.h>

enum { DEPTH_MAX = 16, PATH_MAX_LENGTH = 512 };

struct parse {
  char path[PATH_MAX_LENGTH];
  size_t ends[DEPTH_MAX]; /* length of the path at each depth */
  size_t depth;
  bool is_broken;
  struct text_buffer text;
  s3_xml_element *element;
  void *context;
};

static void XMLCALL begin_element(void *context, const XML_Char *name, const XML_Char **attributes)
{
  struct parse *parse = context;
  (void)attributes;
  size_t before = parse->depth == 0 ? 0 : parse->ends[parse->depth - 1];
  size_t length = strlen(name);
  if (parse->depth == DEPTH_MAX || before + length + 2 > PATH_MAX_LENGTH) {
    parse->is_broken = true;
    return;
  }
  if (before > 0)
    parse->path[before++] = '/';
  memcpy(parse->path + before, name, length + 1);
  parse->ends[parse->depth++] = before + length;
  text_buffer_clear(&parse->text);
}

static void XMLCALL end_element(void *context, const XML_Char *name)
{
  struct parse *parse = context;
  (void)name;
  if (parse->is_broken)
    return;
  parse->element(parse->path, text_buffer_text(&parse->text), parse->context);
  parse->depth--;
  parse->path[parse->depth == 0 ? 0 : parse->ends[parse->depth - 1]] = '\0';
  text_buffer_clear(&parse->text);
}

static void XMLCALL add_text(void *context, const XML_Char *text, int length)
{
  struct parse *parse = context;
  text_buffer_add(&parse->text, text, (size_t)length);
}

bool s3_xml_parse(struct text xml, s3_xml_element *element, void *context)
{
  struct parse parse = { .element = element, .context = context };
  XML_Parser parser = XML_ParserCreate(NULL);
  if (parser == NULL)
    return false;
  XML_SetUserData(parser, &parse);
  XML_SetElementHandler(parser, begin_element, end_element);
  XML_SetCharacterDataHandler(parser, add_text);
  bool is_xml = xml.length < INT32_MAX && XML_Parse(parser, xml.data, (int)xml.length, XML_TRUE) == XML_STATUS_OK;
  XML_ParserFree(parser);
  text_buffer_done(&parse.text);
  return is_xml && !parse.is_broken;
}

int64_t s3_parse_instant(struct text text)
{
  char copy[40];
  struct tm tm = { 0 };
  if (text.length >= sizeof(copy))
    return 0;
  memcpy(copy, text.data, text.length);
  copy[text.length] = '\0';
  if (strptime(copy, "%Y-%m-%dT%H:%M:%S", &tm) == NULL)
    return 0;
  return (int64_t)timegm(&tm);
}
