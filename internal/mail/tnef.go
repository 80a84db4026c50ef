package mail

func (p *parser) tnef(b []byte) content { return content{} }
