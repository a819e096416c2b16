#include "textflag.h"

TEXT ·entry(SB), NOSPLIT|NOFRAME, $0-0
	MOVQ	$64, R12 // the signal
next:
	MOVQ	R12, DI
	MOVQ	$0, SI
	LEAQ	·action(SB), DX
	MOVQ	$8, R10
	MOVQ	$13, AX // rt_sigaction
	SYSCALL
	MOVQ	·action(SB), R13
	CMPQ	R13, $1 // SIG_IGN
	JNE	other
	LEAQ	-1(R12), CX
	SHLQ	CX, R13
	ORQ	R13, ·ignored(SB)
other:
	DECQ	R12
	JNZ	next
	JMP	_rt0_amd64_linux(SB)
