void
sl_x(char *to, const char *from)
{
	strcpy(to, from);
}
