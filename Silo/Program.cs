return await ProjectSilo.Silo.SiloProgram.RunAsync(args);
