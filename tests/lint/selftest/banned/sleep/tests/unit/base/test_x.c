void
wait(void)
{
	sleep(1);
}
