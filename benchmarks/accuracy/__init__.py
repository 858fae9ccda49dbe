"""How well the observer tells what is so: simulated networks, of which the truth is known, against what it says.

`agreement`, `stuck`, `alerts` and `page` know no system. A system is a package beside `xmtpd`: which networks are run
(`runs`), what was true in them (`truth`), what their logs can show of it (`told`), what must be told (`expected`), one
run measured (`measuring`) and the page (`report`); `__main__` takes them up.
"""
